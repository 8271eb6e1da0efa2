"""The screens of a recording that a picture or an animation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.terminal.output.frame_deltas import sample_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.export.picture.options import PictureOptions
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.engine.styles import Run
    from agentrec.terminal.seek.timeline import Timeline

# Thirty a second of what is shown.
_FRAMES_PER_SECOND = 30


class PictureFrame(NamedTuple):
    """A screen of ``cols`` x ``rows`` and how many ``seconds`` it is shown; ``cursor`` as column and row."""

    cols: int
    rows: tuple[tuple[Run, ...], ...]
    cursor: tuple[int, int] | None
    seconds: float

    def same_as(self, other: PictureFrame) -> bool:
        """Whether both show the same."""
        return self[:3] == other[:3]


def one_frame(timeline: Timeline, t: int, options: PictureOptions) -> PictureFrame:
    """The screen at ``t`` (ns)."""
    return _frame(timeline.screen_at(t), options, 0.0)


def all_frames(timeline: Timeline, options: PictureOptions) -> Iterator[PictureFrame]:
    """The screens from start to stop, neighbors never the same; the last is shown for no time."""
    stop = timeline.duration if options.stop is None else min(options.stop, timeline.duration)
    every = round(options.speed * 1e9 / _FRAMES_PER_SECOND)
    before: PictureFrame | None = None
    began = options.start
    for t in sample_times(timeline, min(options.start, stop), stop, every):
        frame = _frame(timeline.screen_at(t), options, 0.0)
        if before is None:
            before, began = frame, t
        elif not frame.same_as(before):
            yield before._replace(seconds=options.shown_seconds(t - began))
            before, began = frame, t
    if before is not None:
        yield before


def _frame(screen: Screen, options: PictureOptions, seconds: float) -> PictureFrame:
    cursor = screen.cursor
    place = (cursor.x, cursor.y) if options.cursor and cursor.visible else None
    rows = tuple(tuple(row) for row in screen.styled_rows())
    return PictureFrame(screen.cols, rows, place, seconds)
