"""Draws the timeline as cells: two rows of (character, role), without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentrec.recording.markers import Marker

LEVELS = "▁▂▃▄▅▆▇█"
MARK_SIGNS = {"moment": "◆", "snapshot": "●", "branch": "⑂", "error": "✗", "start": "(", "end": ")"}
# The heaviest is shown where several fall into one column.
_MARK_WEIGHTS = {"moment": 1, "snapshot": 2, "branch": 3, "error": 4, "start": 5, "end": 5}


class TimelineMark(NamedTuple):
    """Something to show on the timeline: ``kind`` is a key of MARK_SIGNS, ``t`` in ns."""

    t: int
    kind: str


def marker_kind(marker: Marker) -> str:
    """The key of MARK_SIGNS for a marker: one that says that something failed is shown like an error."""
    return "error" if marker.status == "failed" else marker.kind


class Cell(NamedTuple):
    char: str
    role: str


def column(t: int, duration: int, width: int) -> int:
    """The column of the bar that stands for ``t``."""
    if duration <= 0 or width <= 0:
        return 0
    return min(width - 1, max(0, t * width // duration))


def time_at(x: float, duration: int, width: int) -> int:
    """The time of column ``x``: its middle, but the very ends for the first and last."""
    if width <= 1 or x <= 0:
        return 0
    if x >= width - 1:
        return duration
    return round((x + 0.5) / width * duration)


def rail(
    width: int,
    t: int,
    duration: int,
    marks: Iterable[TimelineMark] = (),
    idle: Sequence[tuple[int, int]] = (),
) -> list[Cell]:
    """The lower row: past and future, idle spans, marks, and the current position."""
    if width <= 0:
        return []
    here = column(t, duration, width)
    quiet = quiet_columns(width, duration, idle)
    cells = [
        Cell("╌" if quiet[x] else "━" if x < here else "─", "past" if x < here else "future")
        for x in range(width)
    ]
    heaviest: dict[int, str] = {}
    for mark in marks:
        x = column(mark.t, duration, width)
        if _MARK_WEIGHTS[mark.kind] > _MARK_WEIGHTS.get(heaviest.get(x, ""), 0):
            heaviest[x] = mark.kind
    for x, kind in heaviest.items():
        cells[x] = Cell(MARK_SIGNS[kind], kind)
    under = heaviest.get(here)
    cells[here] = Cell(MARK_SIGNS[under] if under else "┃", "here")
    return cells


def activity(
    width: int, t: int, duration: int, amounts: Sequence[float], hits: Iterable[int] = ()
) -> list[Cell]:
    """The upper row: how much happened when, as bars; columns with search hits show a sign instead."""
    here = column(t, duration, width)
    cells = []
    heights = rescale(amounts, width)
    top = max(heights, default=0.0)
    for x, height in enumerate(heights):
        level = _level(height / top) if top else 0
        role = "past" if x < here else "future"
        cells.append(Cell(LEVELS[level - 1] if level else " ", role))
    for hit in hits:
        cells[column(hit, duration, width)] = Cell("▼", "hit")
    return cells


def rescale(amounts: Sequence[float], width: int) -> list[float]:
    """Amounts per bucket as amounts per column; a bucket across a border is shared."""
    if not amounts or width <= 0:
        return [0.0] * max(0, width)
    ratio = len(amounts) / width
    columns = []
    for x in range(width):
        start, stop = x * ratio, (x + 1) * ratio
        total = 0.0
        bucket = int(start)
        while bucket < min(stop, len(amounts)):
            total += amounts[bucket] * (min(stop, bucket + 1) - max(start, bucket))
            bucket += 1
        columns.append(total)
    return columns


def quiet_columns(width: int, duration: int, idle: Sequence[tuple[int, int]]) -> list[bool]:
    """Which columns lie entirely within an idle span."""
    quiet = [False] * width
    for start, end in idle:
        first = -(-start * width // duration) if duration else 0
        last = end * width // duration if duration else 0
        for x in range(max(0, first), min(width, last)):
            quiet[x] = True
    return quiet


def _level(share: float) -> int:
    """The height of a bar. The cube root keeps small amounts visible beside huge ones."""
    return max(1, min(len(LEVELS), round(share ** (1 / 3) * len(LEVELS)))) if share > 0 else 0
