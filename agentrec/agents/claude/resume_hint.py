"""The line with which Claude Code says, at its end, how to resume. On the start path: light imports.

Newer versions repeat the options of the command line there, but none if ``--settings`` is one of them, as it
is with our hooks. So they are told which options to show, as when they start themselves again: the user's.
"""

from __future__ import annotations

# Claude Code checks the value, shows nothing of one that it does not understand, and hands it to no child.
VARIABLE = "CLAUDE_CODE_RELAUNCH_RESUME_HINT_FLAGS"
# It leaves them out itself. With or without a value.
_LEFT_OUT = ("-c", "--continue", "-r", "--resume", "--fork-session", "--session-id")
_SETTINGS = "--settings"


def hint_flags(argv: list[str]) -> str:
    """Return the options of ``argv`` that Claude Code would show; nothing if it would show none."""
    flags: list[str] = []
    keeps = False
    for word in argv[1:]:
        name = word.partition("=")[0]
        if name == _SETTINGS or word == "--":
            return "" if name == _SETTINGS else " ".join(flags)
        if word.startswith("-"):
            keeps = name not in _LEFT_OUT
        elif " " in word or not flags:
            keeps = False  # a prompt
        if keeps:
            flags.append(word)
    return " ".join(flags)
