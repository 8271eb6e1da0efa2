"""Output that shows the screen as it was where a stretch begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.format import batch
from agentrec.terminal.output.redraw import redraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

# Ends whatever sequence is unfinished, and resets the terminal.
RESET = b"\x18\x1bc"
# How many events an unfinished escape sequence may take.
_MAX_SEQUENCE_EVENTS = 1000
_MAX_LINES = 10_000
_SHOWN = ("term/output", "term/stdout", "term/stderr", "term/resize")


class Opening(NamedTuple):
    """``outputs`` show a terminal of ``size`` (columns, rows), just reset, as it was."""

    size: tuple[int, int]
    outputs: list[bytes]


def has_screen(recording: Recording) -> bool:
    """Whether a terminal was recorded, or what a screen shows instead."""
    counts = recording.index.counts
    return any(counts.get(name) for name in _SHOWN)


def opening(timeline: Timeline, start: int, lines: Callable[[], int] = int) -> Opening:
    """The screen before what happens at ``start`` (ns), with up to ``lines()`` lines above it."""
    count = timeline.seq_at(start - 1) if start > 0 else 0
    screen = timeline.screen_after(count)
    size = (screen.cols, screen.rows)
    if not count:
        return Opening(size, [])
    above = lines()
    drawn = redraw(screen, above)
    if drawn is not None:
        return Opening(size, [drawn])
    return Opening(size, _within_sequence(timeline, count, above))


def lines_needed(sizes: list[tuple[int, int]]) -> int:
    """How many lines above the screen may come back when it gets these sizes, one after the other."""
    if len(set(sizes)) < 2:
        return 0
    columns, rows = [cols for cols, _ in sizes], [rows for _, rows in sizes]
    return min(_MAX_LINES, max(rows) * -(-max(columns) // max(1, min(columns))) + max(rows))


def _within_sequence(timeline: Timeline, count: int, lines: int) -> list[bytes]:
    """The screen before a sequence that is unfinished after ``count`` events, and what there is of it."""
    for seq in range(count - 1, max(-1, count - 1 - _MAX_SEQUENCE_EVENTS), -1):
        drawn = redraw(timeline.screen_after(seq), lines)
        if drawn is not None:
            return [drawn, *_outputs(timeline, seq, count)]
    return []


def _outputs(timeline: Timeline, first: int, stop: int) -> Iterator[bytes]:
    """The output of the events from ``first`` to before ``stop``."""
    for chunk in timeline.chunks(first):
        for number in range(max(0, first - chunk.seq), min(len(chunk), stop - chunk.seq)):
            if chunk.kinds[number] == batch.OUTPUT:
                yield chunk.payload(number)
        if chunk.seq + len(chunk) >= stop:
            return
