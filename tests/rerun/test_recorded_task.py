"""Tasks of recordings: names, prompts that can be given again, estimates."""

import pytest

from agentrec.errors import UsageError
from agentrec.recording.reader import Recording
from agentrec.redact import MASK
from agentrec.rerun.recorded_task import read_task, slug
from tests.library.helpers import call, ended, make

USER = {"actor": "user"}


def task(tmp_path, *events, **header):
    path = str(tmp_path / "run.ahr")
    make(path, *events, ended(9, 0), **header)
    with Recording.open(path) as recording:
        return read_task(recording)


def told(text, **more):
    return (1, "agent", "message", {"role": "user", "text": text, **more}, USER)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Mend it!", "mend-it"),
        ("Mend it. [[scenario:x]]", "mend-it"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "task"),
        ("ä", "task"),
        ("word " * 30, "word-word-word-word-word-word-word-word"),
        ("x" * 99, "x" * 40),
    ],
)
def test_slugs(name, short):
    assert slug(name) == short


def test_a_task_is_the_first_prompt(tmp_path):
    found = task(tmp_path, told("Mend it."), told("And that."), command=["/opt/claude", "-p", "x"])
    assert (found.prompt, found.prompts, found.program) == ("Mend it.", 2, "claude")
    assert found.is_agent
    assert found.given_prompt() == "Mend it."


def test_a_program_that_starts_an_agent(tmp_path):
    session = {"agent": "codex", "argv": ["/opt/codex", "exec", "x"]}
    found = task(tmp_path, (0, "agent", "session", session), command=["sh", "-c", "codex exec x"])
    assert found.argv == ("/opt/codex", "exec", "x")


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "has no prompt"),
        ([told(f"Use {MASK} here.")], "are masked"),
        ([told("Long", text_length=99_999)], "too long"),
    ],
)
def test_prompts_that_are_not_known_are_not_guessed(tmp_path, events, words):
    found = task(tmp_path, *events, command=["claude"])
    with pytest.raises(UsageError, match=words):
        found.given_prompt()


def test_estimates(tmp_path):
    found = task(tmp_path, call(2, cost=0.5, model="claude-haiku-4-5"), command=["claude"])
    assert found.estimate() == found.estimate("claude-haiku-4-5") == 0.5
    dear = found.estimate("claude-opus-4-1")
    assert dear > found.estimate("claude-sonnet-4-5") > 0
    assert found.estimate("a-model-nobody-knows") is None
