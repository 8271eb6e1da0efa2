"""How much work reading one recording may be, so that a small file cannot unpack to hours of it.

Work is counted in nanoseconds that steps take, about; no clock is read, so the same file always ends at the
same place. Callers say what they do with what they read.
"""

from __future__ import annotations

from typing import NamedTuple

from agentrec.recording.format.batch import JSON

# For a file of up to _FULL_BYTES, and as much more for a larger one.
LIMIT_NS = 3_000_000_000
_FULL_BYTES = 64 << 20
# For a copy in another format, which shows its progress: the same for each so many bytes.
_COPY_BYTES = 1 << 20
_RAW_BYTE_NS = 2
_RECORD_NS = 100
_EVENT_NS = 2000
_JSON_BYTE_NS = 10


UNREAD = "not read: what is before it unpacks to too much"


class Cost(NamedTuple):
    """What a caller does with an event, and with each byte of output, in ns."""

    event: int = 0
    output_byte: int = 0


CHEAP = Cost()


class WorkLimit:
    """The work that may still be done for one open recording."""

    __slots__ = ("_left",)

    def __init__(self, size: int, *, copies: bool = False) -> None:
        """``size``: of the file; ``copies``: everything is written to another file."""
        self._left = LIMIT_NS * max(1, size // (_COPY_BYTES if copies else _FULL_BYTES))

    @property
    def used_up(self) -> bool:
        return self._left < 0

    def decoded(self, raw: int, records: int) -> None:
        """A chunk of ``raw`` bytes was decoded."""
        self._left -= raw * _RAW_BYTE_NS + records * _RECORD_NS

    def event(self, kind: int, length: int, cost: Cost) -> None:
        """An event was made of a record of that kind and length, and the caller gets it."""
        each = _JSON_BYTE_NS if kind == JSON else cost.output_byte
        self._left -= _EVENT_NS + cost.event + length * each
