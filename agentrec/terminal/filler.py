"""Keyframes of a recording from its start on, also while it is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.layout import Layout, Segment, pack_keyframe
from agentrec.terminal.play import play, set_size
from agentrec.terminal.screen import Screen
from agentrec.terminal.states import SCROLLBACK, producer

if TYPE_CHECKING:
    from agentrec.recording.reader import Recording

SPACING = 2 << 20  # bytes of output between keyframes: some 10 ms of playing
# Where output compresses to next to nothing, keyframes would outweigh it: then they may be at most
# this share of what lies between, as long as that is not more than so many bytes of output.
SHARE = 4
FARTHEST = 8 << 20


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
        self._at = 0
        self._t = 0
        self._played = 0  # bytes of output since the last keyframe
        self._since = 0  # file offset of the last keyframe
        self._last_size = 0

    def step(self) -> bool:
        """Play what is there of one segment. False when there is nothing more in the file by now."""
        if self._read():
            return True
        if self._number + 1 < len(self._layout.segments):
            self._number += 1
            self._segment = Segment(self._layout.segments[self._number])
            return True
        return self._layout.extend()

    def keyframe(self) -> Made | None:
        """A keyframe of where :meth:`step` has come to, if one is due."""
        if self._played < SPACING or self._segment is None:
            return None
        between = self._segment.offset - self._since
        if between < SHARE * self._last_size and self._played < FARTHEST:
            return None
        state = self._screen.snapshot()
        if state is None:
            return None
        made = Made(self._at, self._t, pack_keyframe(self._at, self._t, producer(), state))
        self._played, self._since = 0, self._segment.offset
        self._last_size = len(made.payload)
        return made

    def _read(self) -> bool:
        segment = self._segment
        if segment is None or not segment.read(self._recording, self._layout.stop(self._number)):
            return False
        if self._at <= self._layout.segments[self._number].seq:
            set_size(self._screen, segment.size)
        last = segment.last
        if last:
            self._played += play(self._screen, segment, self._at, last[0])
            self._at, self._t = last
        segment.chunks.clear()
        return True
