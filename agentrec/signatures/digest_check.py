"""Which records of a recording are as they were signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.format.codec import record_name
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.signatures.record_digest import RecordDigest
from agentrec.signatures.signed import is_added_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording
    from agentrec.signatures.signed import DigestsSigned
    from agentrec.signatures.statement import Part


class Stretch(NamedTuple):
    """Events ``first`` to before ``stop``, between these times (ns).

    ``unknown``: their signature is missing; otherwise they are not as they were signed.
    """

    first: int
    stop: int
    since: int
    until: int
    unknown: bool


class DigestCheck(NamedTuple):
    """``changed``: stretches that are not as they were signed. ``after``: events behind what is signed.

    ``foreign``: of those, how many can not have been added by a user after the end. ``repeated``: events
    that are there twice, or not in their place.
    """

    changed: list[Stretch]
    after: int
    foreign: int
    repeated: int


def compare(recording: Recording, digests: Iterable[DigestsSigned]) -> DigestCheck:
    """Compare all records with the digests of statements, which are in order. Reads the whole recording.

    Events whose statement is missing count as changed.
    """
    parts: list[Part] = []
    for one in digests:
        if one.statement.first > (parts[-1][0] if parts else 0):  # signatures between are missing
            parts.append((one.statement.first, parts[-1][1] if parts else 0, ""))
        parts += one.statement.parts
    last = max((one.signed.seq for one in digests), default=-1)
    check = _Check(parts, last)
    recording.work = WorkLimit(recording.file_size)
    for chunk in recording.chunks():
        check.feed(chunk)
    return check.result()


class _Check:
    def __init__(self, parts: list[Part], last_signature: int) -> None:
        self._parts = parts
        self._last = last_signature
        self._stop = parts[-1][0] if parts else 0
        self._number = self._seq = self._t = 0  # the next part; what it begins with
        self._digest = RecordDigest()
        self._next = 0
        self._changed: list[Stretch] = []
        self._after = self._foreign = self._repeated = 0

    def feed(self, chunk: Columns) -> None:
        if chunk.seq < self._next:
            self._repeated += len(chunk)
            return
        self._next = chunk.seq + len(chunk)
        for start, stop in self._cut(chunk):
            seq = chunk.seq + start
            self._pass_to(seq)
            if seq < self._stop:
                self._digest.add_columns(chunk, start, stop)
                self._pass_to(chunk.seq + stop)
            else:
                self._count_after(chunk, start, stop)

    def result(self) -> DigestCheck:
        while self._number < len(self._parts):
            self._end_part()
        changed = _joined(self._changed)
        return DigestCheck(changed, self._after, self._foreign, self._repeated)

    def _cut(self, chunk: Columns) -> Iterator[tuple[int, int]]:
        """The chunk's records, cut where parts end."""
        start, number = 0, self._number
        while start < len(chunk):
            while number < len(self._parts) and self._parts[number][0] <= chunk.seq + start:
                number += 1
            stop = self._parts[number][0] - chunk.seq if number < len(self._parts) else len(chunk)
            stop = min(stop, len(chunk))
            yield start, stop
            start = stop

    def _pass_to(self, seq: int) -> None:
        """All records before ``seq`` are read that will be."""
        while self._number < len(self._parts) and self._parts[self._number][0] <= seq:
            self._end_part()

    def _end_part(self) -> None:
        stop, t, digest = self._parts[self._number]
        if (self._digest.count, self._digest.hexdigest()) != (stop - self._seq, digest):
            self._changed.append(Stretch(self._seq, stop, self._t, t, unknown=not digest))
        self._digest = RecordDigest()
        self._number += 1
        self._seq, self._t = stop, t

    def _count_after(self, chunk: Columns, start: int, stop: int) -> None:
        for seq, record in enumerate(list(chunk.records())[start:stop], chunk.seq + start):
            if seq != self._last:
                self._after += 1
                self._foreign += not is_added_later(record_name(record))


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Those of one kind that touch are one."""
    found: list[Stretch] = []
    for one in stretches:
        if found and (found[-1].stop, found[-1].unknown) == (one.first, one.unknown):
            found[-1] = found[-1]._replace(stop=one.stop, until=one.until)
        else:
            found.append(one)
    return found
