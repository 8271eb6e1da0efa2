"""The user's prompts repeated in a new conversation."""

import pytest

from agentrec.agents.resume.prompt_replay import MESSAGE_LIMIT_BYTES, replay_message
from tests.agents.resume.helpers import OLD, go_on, point, write_transcript


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_another_agent_gets_the_users_words(transcript, tmp_path):
    here = point(transcript, prompts=["Do it.", "Then that."], result="All tests pass.")
    found = go_on(here, tmp_path, agent="codex")
    assert found.method == "replayed-prompts"
    assert found.argv[:2] == ["codex", "exec"]
    assert "opus" not in found.argv  # another program's option
    said = found.argv[-1]
    assert said.index("1. Do it.") < said.index("2. Then that.") < said.index("All tests pass.")
    assert said.endswith("And now?")
    assert found.notes == ["codex cannot read conversations of claude"]


def test_what_cannot_be_repeated_is_not_promised(tmp_path):
    """aider in a terminal takes no message on its command line."""
    here = {"agent": "aider", "argv": ["aider"], "cwd": OLD, "prompts": ["Do it."]}
    found = go_on(here, tmp_path, "", headless=False)
    assert found.argv == ["aider"]
    assert "not repeated" in found.fidelity
    assert "are repeated" in go_on(here, tmp_path, headless=True).fidelity


def test_words_that_are_too_many_leave_the_first_and_the_newest():
    prompts = ["the task", *("x" * 20_000 for _ in range(10)), "the newest"]
    whole = replay_message(prompts, "", "go")
    assert len(whole.encode()) <= MESSAGE_LIMIT_BYTES
    assert "1. the task" in whole
    assert "the newest" in whole
    assert replay_message(["y" * MESSAGE_LIMIT_BYTES], "", "go") == "go"
