"""The screens of a recording that a picture or an animation shows."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.markers import list_markers
from agentrec.terminal.engine.styles import Cluster
from agentrec.terminal.output.frame_deltas import sample_times
from agentrec.terminal.seek.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.export.picture.options import PictureOptions
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Cursor, Screen
    from agentrec.terminal.engine.styles import Run

# Thirty a second of what is shown.
_FRAMES_PER_SECOND = 30


class PictureCursor(NamedTuple):
    """Where the cursor is, its shape (block, bar, underline or hollow), and what it covers."""

    x: int
    y: int
    shape: str
    text: str
    width: int
    bold: bool


class PictureFrame(NamedTuple):
    """A screen of ``cols`` x ``rows`` with the ``caption`` below, and how many ``seconds`` it is shown."""

    cols: int
    rows: tuple[tuple[Run, ...], ...]
    cursor: PictureCursor | None
    caption: str
    seconds: float

    def same_as(self, other: PictureFrame) -> bool:
        """Whether both show the same."""
        return self[:-1] == other[:-1]


def one_frame(recording: Recording, t: int, options: PictureOptions) -> PictureFrame:
    """The screen at ``t`` (ns)."""
    with Timeline(recording) as timeline:
        return _frame(timeline.screen_at(t), options, Captions(recording, options).at(t))


def all_frames(
    recording: Recording, timeline: Timeline, options: PictureOptions
) -> Iterator[PictureFrame]:
    """The screens from start to stop, neighbors never the same; the last is shown for no time."""
    stop = timeline.duration if options.stop is None else min(options.stop, timeline.duration)
    start = min(options.start, stop)
    every = round(options.speed * 1e9 / _FRAMES_PER_SECOND)
    captions = Captions(recording, options)
    before: PictureFrame | None = None
    began = start
    for t in _merged(sample_times(timeline, start, stop, every), captions.between(start, stop)):
        frame = _frame(timeline.screen_at(t), options, captions.at(t))
        if before is None:
            before, began = frame, t
        elif not frame.same_as(before):
            yield before._replace(seconds=options.shown_seconds(t - began))
            before, began = frame, t
    if before is not None:
        yield before


class Captions:
    """The labels of marks below the screen, each until the next one."""

    def __init__(self, recording: Recording, options: PictureOptions) -> None:
        marks = list_markers(recording) if options.captions else []
        chosen = [mark for mark in marks if mark.kind == "moment" and mark.label]
        if options.captions == "own":
            chosen = [mark for mark in chosen if mark.source != "auto"]
        self._times = [mark.t for mark in chosen]
        self._labels = [mark.label for mark in chosen]

    def at(self, t: int) -> str:
        """What stands below the screen at ``t`` (ns)."""
        number = bisect_right(self._times, t)
        return self._labels[number - 1] if number else ""

    def between(self, start: int, stop: int) -> list[int]:
        """The times after ``start`` and before ``stop`` at which it changes."""
        return [t for t in self._times if start < t < stop]


def _merged(first: Iterator[int], second: list[int]) -> Iterator[int]:
    """Times of both in order, each once."""
    return (t for t, _ in groupby(heapq.merge(first, second)))


def _frame(screen: Screen, options: PictureOptions, caption: str) -> PictureFrame:
    rows = tuple(tuple(row) for row in screen.styled_rows())
    cursor = screen.cursor
    place = None
    if options.cursor and cursor.visible and cursor.y < len(rows):
        place = _cursor(rows[cursor.y], cursor)
    return PictureFrame(screen.cols, rows, place, caption, 0.0)


def _cursor(row: tuple[Run, ...], cursor: Cursor) -> PictureCursor:
    """The cursor and the character that it covers, a blank where there is none."""
    x = 0
    for run in row:
        if x <= cursor.x < x + run.width:
            is_one = isinstance(run, Cluster)
            width = run.width if is_one else run.width // max(1, len(run.text))
            number = (cursor.x - x) // max(1, width)
            text = run.text if is_one else run.text[number]
            shown = " " if run.style.hidden else text
            left = x + number * width
            return PictureCursor(left, cursor.y, cursor.shape, shown, width, run.style.bold)
        x += run.width
    return PictureCursor(cursor.x, cursor.y, cursor.shape, " ", 1, bold=False)
