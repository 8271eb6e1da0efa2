"""Makes the keyframes of a recording from its start, also while it is being written."""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.recording.layout import Layout, Segment, pack_keyframe
from agentrec.recording.rewrite import BuiltKeyframe
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek.keyframe_seal import seal
from agentrec.terminal.seek.screen_feed import correct_size, feed_chunk
from agentrec.terminal.seek.state_cache import SCROLLBACK_LINES, producer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording

# A keyframe is due after so much playing, because that is what a seek may cost: the engine takes 2 to
# 9 ms for a mebibyte of output.
MIN_PLAY_NS = 5_000_000
# Where output compresses to almost nothing, keyframes would outweigh it. There the next one waits until
# so many times the size of the last lies between them in the file, but no longer than MAX_PLAY_NS.
MIN_SIZE_RATIO = 4
MAX_PLAY_NS = 2 * MIN_PLAY_NS
PIECE_BYTES = 128 << 10  # played at a time, but at least one record


class KeyframeBuilder:
    """Plays ``recording`` piece by piece, in bounded memory, and makes keyframes on the way.

    Raises InputError when the recording's first size cannot be shown.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._layout = Layout(recording)
        self._screen = Screen(*recording.size, SCROLLBACK_LINES)
        self._number = -1
        self._segment: Segment | None = None
        self._entered = False  # whether the segment's first record was played
        # Pieces of chunks still to play: first record, and the one after the last.
        self._waiting: list[tuple[Columns, int, int]] = []
        self._seq = self._t = 0
        self._played_ns = 0  # since the last keyframe
        self._file_bytes = 0  # since then
        self._last_keyframe_bytes = 0

    def step(self) -> bool:
        """Play a piece, in some ms. False when there is nothing more in the file for now."""
        if self._waiting:
            self._play(*self._waiting.pop(0))
            return True
        segment = self._segment
        if segment:
            before = segment.offset
            if segment.read(self._recording, self._layout.stop(self._number)):
                self._waiting = [piece for chunk in segment.chunks for piece in _pieces(chunk)]
                segment.chunks = []
                self._file_bytes += segment.offset - before
                return True
        if self._number + 1 < len(self._layout.segments):
            self._number += 1
            self._segment = Segment(self._layout.segments[self._number])
            self._entered = False
            return True
        return self._layout.extend()

    def keyframe(self) -> BuiltKeyframe | None:
        """A keyframe of the position :meth:`step` has reached, if one is due."""
        if self._played_ns < MIN_PLAY_NS:
            return None
        if (
            self._file_bytes < MIN_SIZE_RATIO * self._last_keyframe_bytes
            and self._played_ns < MAX_PLAY_NS
        ):
            return None
        state = self._screen.snapshot()
        if state is None:
            return None
        producer_data = seal(producer(), self._seq, state)
        payload = pack_keyframe(self._seq, self._t, producer_data, state)
        self._played_ns = self._file_bytes = 0
        self._last_keyframe_bytes = len(payload)
        return BuiltKeyframe(self._seq, self._t, payload)

    def _play(self, chunk: Columns, first: int, last: int) -> None:
        started = time.thread_time_ns()
        if not self._entered and self._segment:
            correct_size(self._screen, self._segment.size)
            self._entered = True
        feed_chunk(self._screen, chunk, first, last)
        self._played_ns += time.thread_time_ns() - started
        self._seq, self._t = chunk.seq + last, chunk.times[last - 1]


def _pieces(chunk: Columns) -> Iterator[tuple[Columns, int, int]]:
    first = 0
    while first < len(chunk):
        last = bisect_right(chunk.bounds, chunk.bounds[first] + PIECE_BYTES, first) - 1
        last = min(max(last, first + 1), len(chunk))
        yield chunk, first, last
        first = last
