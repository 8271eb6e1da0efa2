"""How much work reading one recording may be, so that a small file cannot unpack to hours of it.

Work is counted in nanoseconds that steps take, about, so that the same file always ends at the same place.
Callers say what they do with what they read. Where that is far from what it really takes, the time of the
thread on a processor is the limit.
"""

from __future__ import annotations

from threading import get_ident
from time import thread_time_ns
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.format.batch import JSON

# For a file of up to _FULL_BYTES, and as much more for a larger one.
LIMIT_NS = 4_000_000_000
_FULL_BYTES = 64 << 20
MAX_CPU_NS = 6_000_000_000  # a command takes more than reading
# For a copy in another format, which shows its progress: the same for each so many bytes.
_COPY_BYTES = 1 << 20
_RAW_BYTE_NS = 2
_RECORD_NS = 100
_EVENT_NS = 2000
_JSON_BYTE_NS = 10
# The clock is looked at after so much work: a look takes microseconds.
_LOOK_NS = 100_000

_PIECE_BYTES = 16 << 10

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREAD = "not read: what is before it unpacks to too much"


class Cost(NamedTuple):
    """What a caller does with an event, and with each byte of output, in ns."""

    event: int = 0
    output_byte: int = 0


CHEAP = Cost()


class WorkLimit:
    """The work that may still be done for one open recording."""

    __slots__ = ("_left", "_look_at", "_stop", "_thread")

    def __init__(self, size: int, *, copies: bool = False, files: int = 1) -> None:
        """``size``: of the file; ``copies``: everything is written to another file.

        ``files``: how many of them the caller reads, in the time that one may take.
        """
        share = max(1, size // (_COPY_BYTES if copies else _FULL_BYTES))
        self._left = self._look_at = LIMIT_NS * share // files
        self._thread = get_ident()
        self._stop = thread_time_ns() + MAX_CPU_NS * share // files

    @property
    def used_up(self) -> bool:
        """Whether reading has to stop here."""
        if self._left < 0:
            return True
        if self._left > self._look_at:
            return False
        self._look_at = self._left - _LOOK_NS
        if self._is_late():
            self._left = -1
        return self._left < 0

    def _is_late(self) -> bool:
        return get_ident() == self._thread and thread_time_ns() > self._stop

    def decoded(self, raw: int, records: int) -> None:
        """A chunk of ``raw`` bytes was decoded."""
        self._left -= raw * _RAW_BYTE_NS + records * _RECORD_NS

    def event(self, kind: int, length: int, cost: Cost) -> None:
        """An event was made of a record of that kind and length, and the caller gets it."""
        each = _JSON_BYTE_NS if kind == JSON else cost.output_byte
        self._left -= _EVENT_NS + cost.event + length * each

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """``data`` in small pieces, as long as there is work left: some bytes take a terminal very long."""
        for at in range(0, len(data), _PIECE_BYTES):
            if at and (self._left < 0 or self._is_late()):
                return
            yield data[at : at + _PIECE_BYTES]
