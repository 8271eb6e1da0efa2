"""A file before and after, as rules see it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.guard.source_tree import FileState

_BINARY_LOOK_BYTES = 8000  # as git


class FileChange:
    """A file that was added, changed or deleted: its ``before`` and ``after`` states, None for no file.

    Without anything to compare with (``is_whole``), all files are as if they had been added.
    """

    def __init__(
        self,
        path: str,
        before: FileState | None,
        after: FileState | None,
        *,
        is_whole: bool = False,
    ) -> None:
        self.path, self.before, self.after, self.is_whole = path, before, after, is_whole

    @cached_property
    def old_text(self) -> str:
        """Its text before; empty if there was none, or not text."""
        return _text(self.before)

    @cached_property
    def new_text(self) -> str:
        """Its text now, likewise."""
        return _text(self.after)

    @property
    def is_binary(self) -> bool:
        """Whether what it holds now is not text."""
        return self.after is not None and _is_binary(self.after)


def _is_binary(state: FileState) -> bool:
    return b"\0" in state.data[:_BINARY_LOOK_BYTES]


def _text(state: FileState | None) -> str:
    if state is None or _is_binary(state):
        return ""
    return state.data.decode(errors="replace")


def line_of(text: str, position: int) -> int:
    """The number of the line, from 1, that a position in ``text`` is in."""
    return text.count("\n", 0, position) + 1
