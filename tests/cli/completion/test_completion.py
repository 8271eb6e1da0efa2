"""`agentrec completion`, used by the shells themselves in a real terminal."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.completion.candidates import candidates
from agentrec.cli.inspect import events
from agentrec.cli.main import main
from agentrec.recording.events.registry import KINDS
from tests.agents_env.drive import Send, Terminal, Wait
from tests.agents_env.need import missing
from tests.capture.terminal import environment
from tests.library.helpers import ended, make

OLD, NEW = "20250101-100000-claude-aaaa", "20250202-100000-make-bbbb"
# How a shell starts without anything of its user's, and what it is told then.
START = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        ["PS1='$ '", "complete -W 'alpha beta' mytool", "source {script}"],
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        [
            "PS1='$ '",
            "autoload -U compinit && compinit -u -D",
            "compdef '_values what alpha beta' mytool",
            "source {script}",
        ],
    ),
    "fish": (
        ["fish", "--no-config", "-i"],
        [
            "function fish_prompt; echo '$ '; end",
            "complete -c mytool -f -a 'alpha beta'",
            "source {script}",
        ],
    ),
}
SHELLS = list(START)
PATIENCE = 30.0  # seconds, for a busy machine
CLEAR = b"\x15\x0c"  # Ctrl-U, Ctrl-L


class Shell:
    """A shell that a user types into."""

    def __init__(self, terminal):
        self._terminal = terminal

    def tab(self, line, pattern, *, times=1):
        """Type the line and press Tab: the screen then matches the pattern."""
        try:
            self._terminal.perform(Send(line.encode() + b"\t" * times))
            self._terminal.perform(Wait(pattern, PATIENCE))
            return self._terminal.screen()
        finally:
            self._terminal.perform(Send(CLEAR))
            self._terminal.perform(Wait(r"\A\$ ?\n*\Z"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with two recordings of the past and one with snapshots, `agentrec` and a tool to run."""
    home = tmp_path_factory.mktemp("home")
    recordings = home / ".local/share/agentrec/recordings"
    for name, created in ((OLD, "2025-01-01T10:00:00Z"), (NEW, "2025-02-02T10:00:00Z")):
        make(recordings / f"{name}.ahr", ended(1), created=created, title=f"about {name[-4:]}")
    tools = home / "tools"
    for name, text in (
        ("agentrec", f'exec {sys.executable} -P -m agentrec "$@"'),
        ("mytool", "exit"),
    ):
        path = tools / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    (home / "work/src").mkdir(parents=True)
    (home / "work/src/main.py").write_text("1\n")
    (home / "work/other file.ahr").write_text("")
    (home / "work/notes.txt").write_text("")
    return home


def env_of(home):
    env = environment(home)
    env["PATH"] = f"{home}/tools:{env['PATH']}"
    return env


@pytest.fixture(scope="module")
def taken(home):
    """The id of a recording with snapshots."""
    command = ["agentrec", "record", "-q", "--headless", "--", "sh", "-c", "echo 2 >> src/main.py"]
    subprocess.run(command, env=env_of(home), cwd=home / "work", check=True, timeout=100)
    (path,) = (home / ".local/share/agentrec/recordings/").glob("20??/*/*.ahr")
    return path.stem


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, home, tmp_path_factory):
    argv, told = START[request.param]
    if shutil.which(argv[0]) is None:
        missing(f"{argv[0]} is not installed")
    script = home / f"script.{request.param}"
    with script.open("w") as out:
        command = ["agentrec", "completion", request.param]
        subprocess.run(command, env=env_of(home), stdout=out, check=True)
    terminal = Terminal(Path(tmp_path_factory.mktemp("t", numbered=True)))
    try:
        terminal.open(argv, env_of(home), home / "work", 100, 30)
        for line in told:
            terminal.perform(Send(line.format(script=script).encode() + b"\r"))
        terminal.perform(Send(b" echo rea''dy\r"))
        terminal.perform(Wait(r"(?m)^ready"))
        terminal.perform(Send(CLEAR))
        yield Shell(terminal)
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("agentrec branch-p", "agentrec branch-points "),
        ("agentrec replay --sp", "agentrec replay --speed "),
        ("agentrec golden run --any", "agentrec golden run --any-version "),
        ("agentrec snapshots diff --sta", "agentrec snapshots diff --stat "),
        ("agentrec search --kind think", "agentrec search --kind thinking "),
        ("agentrec search --kind=think", "agentrec search --kind=thinking "),
        ("agentrec ls --agent gem", "agentrec ls --agent gemini-cli "),
        ("agentrec branch x --agent gem", "agentrec branch x --agent gemini "),
        ("agentrec config get record.pre", "agentrec config get record.prefix-key "),
        ("agentrec replay 202501", f"agentrec replay {OLD} "),
        ("agentrec replay bbbb", f"agentrec replay {NEW} "),
        ("agentrec info oth", r"agentrec info other\ file.ahr"),
        ("agentrec convert notes", "agentrec convert notes.txt "),
        ("agentrec ls --folder sr", "agentrec ls --folder src/"),
        ("agentrec record -- myto", "agentrec record -- mytool "),
        ("agentrec record --title 'a b' -- mytool al", "-- mytool alpha "),
        ("agentrec record -q mytool be", "agentrec record -q mytool beta "),
    ],
)
def test_a_word_is_completed(shell, line, completed):
    shell.tab(line, re.escape(completed.rstrip()) + r"( |\n|\Z)")


def test_recordings_are_offered_the_newest_first(shell):
    screen = shell.tab("agentrec replay 20250", f"{NEW}(.|\n)*{OLD}", times=2)
    assert "notes.txt" not in screen


def test_snapshots_come_after_the_recording(shell, taken):
    shell.tab(f"agentrec snapshots files {taken[:-2]}", rf"{taken}@")
    shell.tab(f"agentrec snapshots files {taken}@f", rf"{taken}@first")
    shell.tab(f"agentrec snapshots files {taken}@", r"(?s)@.*\blast\b.*first.*\bs\d", times=2)
    shell.tab(f"agentrec show {taken}@last:sr", rf"{taken}@last:src/")
    shell.tab(f"agentrec show {taken}@last:src/m", rf"{taken}@last:src/main\.py")
    shell.tab(f"agentrec diff {taken}@first la", rf"{taken}@first last")
    shell.tab(f"agentrec branch {taken} --at fi", rf"{taken} --at first")


def test_another_shell_is_named_as_wrong(capsys):
    assert main(["completion", "cmd"]) == 2
    assert "bash" in capsys.readouterr().err
    assert main(["completion"]) == 2
    assert "missing SHELL" in capsys.readouterr().err


@pytest.mark.parametrize("shell_name", SHELLS)
def test_a_script_is_correct(shell_name, home, capsys):
    assert main(["completion", shell_name]) == 0
    text = capsys.readouterr().out
    path = home / f"checked.{shell_name}"
    path.write_text(text)
    if shutil.which(shell_name) is None:
        missing(f"{shell_name} is not installed")
    subprocess.run([shell_name, "-n", path], check=True)
    assert os.fspath(home) not in text


def test_every_track_is_offered():
    offered = [one.value for one in candidates(["events", "--track", ""]).found]
    assert sorted(offered) == sorted({record.NAME[0] for record in KINDS})
    assert ", ".join(offered) in Path(events.__file__).read_text()
