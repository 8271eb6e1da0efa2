"""Feeds the records of a recording to a screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.recording.format import batch

if TYPE_CHECKING:
    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.layout import Segment
    from agentrec.terminal.engine.screen import Screen

ALLOW_DECCOLM_MODE = 40
# Neighboring outputs stand side by side in a chunk and are fed at once.
_OUTPUTS = re.compile(b"%c+" % batch.OUTPUT)


def feed_segment(screen: Screen, segment: Segment, start: int, stop: int) -> int:
    """Apply the records with ``start <= seq < stop``; returns how many bytes of output those were."""
    fed = 0
    for chunk in segment.chunks:
        first, last = max(start - chunk.seq, 0), min(stop - chunk.seq, len(chunk))
        if first < last:
            fed += feed_chunk(screen, chunk, first, last)
    return fed


def feed_chunk(screen: Screen, chunk: Columns, first: int, last: int) -> int:
    """Apply a chunk's records from index ``first`` to before ``last``; returns the bytes of output."""
    kinds, bounds = chunk.kinds, chunk.bounds
    fed = 0
    while first < last:
        run = _OUTPUTS.match(kinds, first, last)
        if run:
            screen.feed(chunk.raw[bounds[first] : bounds[run.end()]])
            fed += bounds[run.end()] - bounds[first]
            first = run.end()
            continue
        payload = chunk.payload(first)
        if kinds[first] == batch.RESIZE and len(payload) == batch.SIZE.size:
            resize_screen(screen, *batch.SIZE.unpack(payload))
        first += 1
    return fed


def correct_size(screen: Screen, size: tuple[int, int]) -> None:
    """Give the screen the size it has in the recording.

    It differs only after records were lost, or where a program chose its own width (DECCOLM), which is
    left alone.
    """
    if size != (screen.cols, screen.rows) and not screen.mode(ALLOW_DECCOLM_MODE):
        resize_screen(screen, *size)


def resize_screen(screen: Screen, cols: int, rows: int) -> None:
    """Apply a recorded size; one that cannot be shown changes nothing."""
    try:
        screen.resize(cols, rows)
    except InputError:
        return
