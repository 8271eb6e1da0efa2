"""Playing records onto a screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.recording.format import batch

if TYPE_CHECKING:
    from agentrec.recording.format.decode import Columns
    from agentrec.recording.layout import Segment
    from agentrec.terminal.engine.screen import Screen

ALLOW_DECCOLM = 40
# Neighbouring outputs stand side by side in a chunk and are fed as one.
_OUTPUTS = re.compile(b"%c+" % batch.OUTPUT)


def play(screen: Screen, segment: Segment, start: int, stop: int) -> int:
    """Apply the records with ``start <= seq < stop``; returns how many bytes of output that were."""
    fed = 0
    for chunk in segment.chunks:
        first, last = max(start - chunk.seq, 0), min(stop - chunk.seq, len(chunk))
        if first < last:
            fed += play_chunk(screen, chunk, first, last)
    return fed


def play_chunk(screen: Screen, chunk: Columns, first: int, last: int) -> int:
    """Apply a chunk's records from number ``first`` up to ``last``, and count the bytes of output."""
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
            resize(screen, *batch.SIZE.unpack(payload))
        first += 1
    return fed


def set_size(screen: Screen, size: tuple[int, int]) -> None:
    """Give the screen the size it had according to the recording, when it has another.

    That is so only after a loss; a program that chose its own width (DECCOLM) is left alone.
    """
    if size != (screen.cols, screen.rows) and not screen.mode(ALLOW_DECCOLM):
        resize(screen, *size)


def resize(screen: Screen, cols: int, rows: int) -> None:
    """Give the screen a size that is recorded; none, or more than can be shown, changes nothing."""
    try:
        screen.resize(cols, rows)
    except InputError:
        return
