"""Our settings for Claude Code: merged over the user's, in files of our own, run by a real shell."""

import json
import os
import subprocess

import pytest

from agentrec.agents.claude import hooks
from agentrec.agents.follow.agent import make_private_folder

ENTRY = [{"matcher": "Bash", "hooks": [{"type": "command", "command": "mine"}]}]


@pytest.fixture
def folder(tmp_path):
    return make_private_folder(str(tmp_path))


def settings_of(argv):
    place = argv.index("--settings") + 1
    with open(argv[place]) as file:
        return json.load(file)


def test_without_the_users_own_the_option_comes_first(folder, tmp_path):
    argv, events = hooks.with_hooks(["claude", "-p", "hi"], folder, str(tmp_path))
    assert argv[1] == "--settings"
    assert argv[3:] == ["-p", "hi"]
    assert set(settings_of(argv)["hooks"]) == set(hooks.EVENTS)
    assert os.stat(events).st_mode & 0o777 == 0o600
    assert os.stat(folder).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("as_file", [True, False])
def test_the_users_own_settings_are_merged_and_not_touched(folder, tmp_path, joined, as_file):
    given = {"model": "opus", "hooks": {"PostToolUse": ENTRY, "Stop": ENTRY}}
    text = json.dumps(given)
    if as_file:
        (tmp_path / "own.json").write_text(text)
    value = "own.json" if as_file else text
    words = [f"--settings={value}"] if joined else ["--settings", value]
    argv, _ = hooks.with_hooks(["claude", "-c", *words, "go"], folder, str(tmp_path))
    assert argv[:2] == ["claude", "-c"]
    assert argv[-1] == "go"
    assert len(argv) == 3 + len(words)
    file = argv[2].removeprefix("--settings=") if joined else argv[3]
    with open(file) as merged_file:
        merged = json.load(merged_file)
    assert merged["model"] == "opus"
    assert merged["hooks"]["Stop"] == ENTRY
    assert merged["hooks"]["PostToolUse"][:-1] == ENTRY
    if as_file:
        assert (tmp_path / "own.json").read_text() == text


def test_settings_after_the_end_of_options_are_a_prompt(folder, tmp_path):
    words = ["claude", "--", "--settings", "x"]
    argv, _ = hooks.with_hooks(words, folder, str(tmp_path))
    assert argv[3:] == words[1:]


@pytest.mark.parametrize("value", ["missing.json", "{broken", "[]"])
def test_settings_that_cannot_be_read_are_left_to_claude(folder, tmp_path, value):
    with pytest.raises((OSError, ValueError)):
        hooks.with_hooks(["claude", "--settings", value], folder, str(tmp_path))


def run(command, text):
    return subprocess.run(["sh", "-c", command], input=text, capture_output=True, text=True)


def test_a_hook_appends_a_line_and_says_nothing(tmp_path):
    events = tmp_path / "it's here"
    for number in range(3):
        done = run(hooks.command(str(events)), f'{{"n":{number}}}\n')
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert events.read_text() == '{"n":0}\n{"n":1}\n{"n":2}\n'


def test_a_hook_whose_folder_is_gone_takes_everything_and_succeeds(tmp_path):
    done = run(hooks.command(str(tmp_path / "gone" / "events")), "x" * 1_000_000)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        ([], ""),
        (["Mend it."], ""),
        (["--model", "opus", "Mend it."], "--model opus"),
        (["--dangerously-skip-permissions"], "--dangerously-skip-permissions"),
        (["--verbose", "--resume", "1234", "--model=opus"], "--verbose --model=opus"),
        (["-c", "--add-dir", "a", "b"], "--add-dir a b"),
        (["--verbose", "--", "Mend", "it"], "--verbose"),
        (["--verbose", "--settings", "mine.json"], ""),
        (["--settings={}"], ""),
    ],
)
def test_the_line_on_how_to_resume_has_the_users_own_options(words, flags):
    assert hooks.hint_flags(["claude", *words]) == flags
