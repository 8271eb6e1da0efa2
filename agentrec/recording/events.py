"""The one event model that every writer produces and every reader consumes."""

from __future__ import annotations

from typing import Any, NamedTuple

Data = bytes | dict[str, Any]

OUTPUT = ("term", "output")
INPUT = ("term", "input")
REDACTED = ("term", "redacted")
RESIZE = ("term", "resize")
EXIT = ("term", "exit")
MOMENT = ("mark", "moment")
# A record kind this version does not know is read as track "?", its number as the kind, its bytes as
# the data, and written back as the same record.
UNKNOWN = "?"


class Event(NamedTuple):
    """One thing that happened.

    ``seq`` counts from 0 without gaps (a gap in a file that was read means damage); ``t`` is nanoseconds
    of monotonic time since the recording started and never decreases. ``data`` depends on
    ``(track, kind)``:

    ================== =====================================================================
    term/output        bytes: what the child wrote, exactly
    term/input         bytes: what the user typed, exactly
    term/redacted      ``{"reason": str}``: input that was hidden; its length is not kept
    term/resize        ``{"cols": int, "rows": int}``
    term/exit          ``{"code": int | None, "signal": int | None, ...}``
    mark/moment        ``{"label": str, "source": "cli" | "key" | "player" | ...}``
    anything else      a JSON object
    ================== =====================================================================

    ``span`` pairs a call with its result, ``parent`` names the enclosing span, ``actor`` who did it.
    """

    seq: int
    t: int
    track: str
    kind: str
    data: Data
    span: str | None = None
    parent: str | None = None
    actor: str | None = None

    @property
    def name(self) -> tuple[str, str]:
        """``(track, kind)``, to compare with the constants above."""
        return (self.track, self.kind)
