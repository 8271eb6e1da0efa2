"""Whether a recorded program ended badly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHELLS = frozenset(
    ("sh", "bash", "zsh", "fish", "dash", "ksh", "mksh", "ash", "tcsh", "csh", "nu", "xonsh")
)


def has_failed(command: Sequence[str], code: int | None, signal: int | None) -> bool | None:
    """Whether a recording of ``command`` failed; None if its exit status is unknown.

    An interactive shell exits with the status of its last command, which says nothing about the session.
    """
    if code is None and not signal:
        return None
    if signal:
        return True
    return code != 0 and not is_interactive_shell(command)


def is_interactive_shell(command: Sequence[str]) -> bool:
    """Whether the command is a shell that was given neither a command nor a script."""
    if not command or os.path.basename(command[0]).lstrip("-") not in _SHELLS:
        return False
    return all(word.startswith("-") and not _takes_command(word) for word in command[1:])


def _takes_command(option: str) -> bool:
    """Whether an option is ``-c``, alone or among others as in ``-lc``, or its long form."""
    return option == "--command" or (not option.startswith("--") and "c" in option)
