"""The terminal: what it showed, what was typed, its size, and its end."""

from __future__ import annotations

from typing import Any

from agentrec.recording.events.fields import COUNT, STATUS, TEXT, Field
from agentrec.recording.events.record import Record


class TermRedacted(
    Record, kind="term/redacted", source="the recorder, see [recording.md](recording.md)"
):
    """Input that was hidden. How long it was is not kept."""

    reason = Field(TEXT, "why: `password`")


class TermResize(Record, kind="term/resize", source="the recorder"):
    """The terminal has another size."""

    cols = Field(COUNT, "columns")
    rows = Field(COUNT, "rows")


class TermExit(Record, kind="term/exit", source="the recorder"):
    """The recorded command has ended."""

    code = Field(STATUS, "exit code; null when a signal ended it")
    signal = Field(STATUS, "the number of the signal that ended it")

    @property
    def failed(self) -> bool | None:
        return None if self.code is None and self.signal is None else bool(self.code or self.signal)


def size_of(data: dict[str, Any]) -> tuple[int, int] | None:
    """Columns and rows of a term/resize; None when they are no terminal's."""
    size = TermResize(data)
    cols, rows = size.cols or 0, size.rows or 0
    return (cols, rows) if 0 < cols < 65536 and 0 < rows < 65536 else None
