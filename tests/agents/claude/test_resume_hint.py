"""The options that Claude Code shows in the line that says how to resume."""

import pytest

from agentrec.agents.claude.resume_hint import hint_flags


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
def test_the_users_own_options(words, flags):
    assert hint_flags(["claude", *words]) == flags
