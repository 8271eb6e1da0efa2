"""Which stretches of a recording are kept, and when they happen in the new one. All times in ns."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import UsageError
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction


class Piece(NamedTuple):
    """What happened from ``start`` to ``stop``, both included, takes ``length`` from ``at`` on.

    ``seam``: what was before it is left out.
    """

    start: int
    stop: int
    at: int
    length: int
    seam: bool = False

    @property
    def is_shifted(self) -> bool:
        """Whether it takes as long as before: its last nanosecond may be left out."""
        return 0 <= self.length - (self.stop - self.start) <= 1

    def place(self, t: int) -> int:
        """The new time of ``t``, which is in this piece."""
        if self.is_shifted:
            return self.at + t - self.start
        return self.at + (t - self.start) * self.length // max(1, self.stop - self.start)


class TimeMap:
    """Pieces in order; what is in none of them is left out."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = list(pieces)
        self._starts = [piece.start for piece in self.pieces]

    @property
    def length(self) -> int:
        """How long the new recording is."""
        last = self.pieces[-1]
        return last.at + last.length

    @property
    def last(self) -> int:
        """The last time that is kept."""
        return self.pieces[-1].stop

    def keeps(self, t: int) -> bool:
        """Whether what happened at ``t`` is kept."""
        number = bisect_right(self._starts, t) - 1
        return number >= 0 and t <= self.pieces[number].stop

    def shift(self, first: int, last: int) -> int | None:
        """How much later everything from ``first`` to ``last`` happens; None if that differs."""
        piece = self.pieces[bisect_right(self._starts, first) - 1]
        inside = piece.start <= first and last <= piece.stop
        return piece.at - piece.start if inside and piece.is_shifted else None

    def place(self, t: int) -> int:
        """The new time of ``t``: in a gap that of its end, below 0 before the first piece."""
        number = bisect_right(self._starts, t) - 1
        if number < 0:
            return self.pieces[0].at - (self.pieces[0].start - t)
        piece = self.pieces[number]
        return piece.place(t) if t <= piece.stop else piece.at + piece.length

    def took(self, end: int, duration: int) -> int:
        """How long that takes which took ``duration`` and ended at ``end``."""
        return max(0, self.place(end) - self.place(end - duration))


def stretch_map(since: int, until: int, drops: Iterable[tuple[int, int]] = ()) -> TimeMap:
    """Keep ``since`` to ``until`` without ``drops``. Raises UsageError if nothing is left."""
    pieces: list[Piece] = []
    at, start = 0, since
    for first, end in [*sorted(drops), (until + 1, until + 1)]:
        stop = min(first - 1, until)
        if stop >= start:
            length = min(first, until) - start
            pieces.append(Piece(start, stop, at, length, seam=start > 0))
            at += length
        start = max(start, end)
    if not pieces or at <= 0:
        raise UsageError("nothing is left", "keep a stretch that has a length")
    return TimeMap(pieces)


def parse_drop(first: int, end: int) -> tuple[int, int]:
    """A stretch to leave out. Raises UsageError when it ends before it begins."""
    if end <= first:
        text = f"{format_clock(first, fraction=True)}..{format_clock(end, fraction=True)}"
        raise UsageError(f"invalid stretch {text}", "its end must be after its start")
    return first, end


def trimmed_map(duration: int, busy: Iterable[int], limit: int) -> TimeMap:
    """Keep everything; no pause between two of the times ``busy`` takes longer than ``limit``."""
    pieces: list[Piece] = []
    at = start = last = 0
    for t in chain(busy, (duration,)):
        if t - last > limit:
            if last > start:
                pieces.append(Piece(start, last, at, last - start))
                at += last - start
            pieces.append(Piece(last, t, at, limit))
            at, start = at + limit, t
        last = max(last, t)
    if duration > start or not pieces:
        pieces.append(Piece(start, duration, at, duration - start))
    return TimeMap(pieces)


def faster_map(duration: int, factor: Fraction) -> TimeMap:
    """Keep everything, ``factor`` times as fast."""
    return TimeMap([Piece(0, duration, 0, int(duration / factor))])
