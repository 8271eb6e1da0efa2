"""The terminal: what it showed, what was typed, its size, and its end."""

from __future__ import annotations

from agentrec.recording.events.fields import COUNT, STATUS, TEXT, Field
from agentrec.recording.events.record import EventRecord

_MAX_SIZE = 0xFFFF


class TermRedacted(
    EventRecord, kind="term/redacted", source="the recorder, see [recording.md](recording.md)"
):
    """Input that the terminal did not echo. Neither it nor its length is recorded."""

    reason = Field(TEXT, "why: `password`")


class TermResize(EventRecord, kind="term/resize", source="the recorder"):
    """The terminal was resized."""

    cols = Field(COUNT, "columns")
    rows = Field(COUNT, "rows")

    @property
    def size(self) -> tuple[int, int] | None:
        """Columns and rows; None when no terminal has them."""
        cols, rows = self.cols or 0, self.rows or 0
        return (cols, rows) if 0 < cols <= _MAX_SIZE and 0 < rows <= _MAX_SIZE else None


class TermEof(EventRecord, kind="term/eof", source="the recorder"):
    """A standard stream that is not a terminal ended."""

    stream = Field(TEXT, "`stdin`, `stdout` or `stderr`")
    bytes = Field(COUNT, "how many bytes passed through it")
    sha256 = Field(TEXT, "their SHA-256 in hex, where they are not recorded")


class TermPaused(EventRecord, kind="term/paused", source="`agentrec pause`, or the key"):
    """The recording was paused: what happens until `term/resumed` is not in it."""

    by = Field(TEXT, "`cli` or `key`")


class TermResumed(EventRecord, kind="term/resumed", source="`agentrec resume`, or the key"):
    """The recording goes on. The next output is what the screen shows now."""

    left_out = Field(COUNT, "bytes of output that are not in the recording")


class TermExit(EventRecord, kind="term/exit", source="the recorder"):
    """The recorded command ended."""

    code = Field(STATUS, "exit code; null when a signal ended it")
    signal = Field(STATUS, "the number of the signal that ended it")

    @property
    def failed(self) -> bool | None:
        return None if self.code is None and self.signal is None else bool(self.code or self.signal)
