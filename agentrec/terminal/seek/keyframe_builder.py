"""Keyframes of a recording from its start on, also while it is being written."""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.layout import Layout, Segment, pack_keyframe
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek.keyframe_seal import seal
from agentrec.terminal.seek.play import play_chunk, set_size
from agentrec.terminal.seek.state_cache import SCROLLBACK, producer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.format.decode import Columns
    from agentrec.recording.reader import Recording

# What a seek may cost decides: the engine takes 2 to 9 ms for a mebibyte, by what it holds.
PLAYED = 5_000_000  # ns of playing from which on a keyframe is due
# Where output compresses to next to nothing, keyframes would outweigh it: then they are made when
# so many times their size lies in the file between, but at the latest after twice the playing.
SHARE = 4
LONGEST = 2 * PLAYED
PIECE = 128 << 10  # bytes played before looking whether a keyframe is due; a record at least


class Made(NamedTuple):
    """A keyframe: the payload of its frame, for the state after ``seq`` events at ``t`` ns."""

    seq: int
    t: int
    payload: bytes


class Filler:
    """Plays ``recording`` piece by piece, in little memory, and makes keyframes on the way.

    Raises InputError when the recording's first size cannot be shown.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._layout = Layout(recording)
        self._screen = Screen(*recording.size, SCROLLBACK)
        self._number = -1
        self._segment: Segment | None = None
        self._entered = False  # the segment's first record is played
        self._waiting: list[tuple[Columns, int, int]] = []  # chunks by pieces: first, last record
        self._at = self._t = 0
        self._played = 0  # ns since the last keyframe
        self._between = 0  # bytes in the file since then
        self._last_size = 0

    def step(self) -> bool:
        """Play a little, some ms at most. False when there is nothing more in the file by now."""
        if self._waiting:
            self._play(*self._waiting.pop(0))
            return True
        segment = self._segment
        if segment:
            before = segment.offset
            if segment.read(self._recording, self._layout.stop(self._number)):
                self._waiting = [piece for chunk in segment.chunks for piece in _pieces(chunk)]
                segment.chunks = []
                self._between += segment.offset - before
                return True
        if self._number + 1 < len(self._layout.segments):
            self._number += 1
            self._segment = Segment(self._layout.segments[self._number])
            self._entered = False
            return True
        return self._layout.extend()

    def keyframe(self) -> Made | None:
        """A keyframe of where :meth:`step` has come to, if one is due."""
        if self._played < PLAYED:
            return None
        if self._between < SHARE * self._last_size and self._played < LONGEST:
            return None
        state = self._screen.snapshot()
        if state is None:
            return None
        maker = seal(producer(), self._at, state)
        made = Made(self._at, self._t, pack_keyframe(self._at, self._t, maker, state))
        self._played = self._between = 0
        self._last_size = len(made.payload)
        return made

    def _play(self, chunk: Columns, first: int, last: int) -> None:
        started = time.thread_time_ns()
        if not self._entered and self._segment:
            set_size(self._screen, self._segment.size)
            self._entered = True
        play_chunk(self._screen, chunk, first, last)
        self._played += time.thread_time_ns() - started
        self._at, self._t = chunk.seq + last, chunk.times[last - 1]


def _pieces(chunk: Columns) -> Iterator[tuple[Columns, int, int]]:
    first = 0
    while first < len(chunk):
        last = bisect_right(chunk.bounds, chunk.bounds[first] + PIECE, first) - 1
        last = min(max(last, first + 1), len(chunk))
        yield chunk, first, last
        first = last
