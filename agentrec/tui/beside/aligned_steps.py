"""The steps of two runs in one list, and which time of one run is which of the other. Decisions only."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.compare.comparison import Comparison
    from agentrec.compare.steps import Step


class StepRow(NamedTuple):
    """A step that both runs have, or that one has: None on the other side."""

    left: Step | None
    right: Step | None

    @property
    def is_equal(self) -> bool:
        return self.left is not None and self.right is not None


class AlignedSteps:
    """The rows of a comparison, and the clock of both runs: the time of the left one.

    Between two steps that both have, time runs evenly on both sides, so nothing that only one run did is
    skipped. ``first_difference`` is the first row that is not equal; None without one.
    """

    def __init__(self, comparison: Comparison) -> None:
        left, right = comparison.left.steps, comparison.right.steps
        self.rows = [
            StepRow(None if x is None else left[x], None if y is None else right[y])
            for x, y in comparison.pairs
        ]
        self.ends = comparison.left.end, comparison.right.end
        self.words = comparison.divergence.words if comparison.divergence else ""
        unequal = (number for number, row in enumerate(self.rows) if not row.is_equal)
        self.first_difference = next(unequal, None)
        self._anchors = _anchors(self.rows, self.ends)
        self._starts = _starts(self.rows, self.ends)

    def right_time(self, t: int) -> int:
        """The time of the right run that belongs to ``t`` of the left one (ns)."""
        return _mapped(self._anchors, t)

    def row_times(self, number: int) -> tuple[int, int]:
        """The times of a row on both sides: where one has no such step, that of its last step before."""
        return self._starts[number]

    def row_at(self, times: tuple[int, int]) -> int | None:
        """The last row that both sides have reached; None before the first."""
        reached = None
        for number, row in enumerate(self.rows):
            if row.left and row.left.t > times[0]:
                break
            if row.right and row.right.t > times[1]:
                break
            reached = number
        return reached


def _anchors(rows: Sequence[StepRow], ends: tuple[int, int]) -> list[tuple[int, int]]:
    """Times of equal steps, ascending on both sides, between the starts and the ends."""
    anchors = [(0, 0)]
    for row in rows:
        if row.left and row.right and row.left.t > anchors[-1][0] and row.right.t >= anchors[-1][1]:
            anchors.append((row.left.t, row.right.t))
    return [*anchors, (max(ends[0], anchors[-1][0]), max(ends[1], anchors[-1][1]))]


def _mapped(anchors: Sequence[tuple[int, int]], t: int) -> int:
    after = bisect_right(anchors, t, key=lambda anchor: anchor[0])
    if after == len(anchors):
        return anchors[-1][1]
    (a, b), (c, d) = anchors[max(0, after - 1)], anchors[after]
    return b if c == a else b + (d - b) * (t - a) // (c - a)


def _starts(rows: Sequence[StepRow], ends: tuple[int, int]) -> list[tuple[int, int]]:
    left = right = 0
    starts = []
    for row in rows:
        left = min(row.left.t, ends[0]) if row.left else left
        right = min(row.right.t, ends[1]) if row.right else right
        starts.append((left, right))
    return starts
