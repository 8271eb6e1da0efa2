"""A play head: a screen, and the position in the recording that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek.screen_feed import correct_size, feed_segment

if TYPE_CHECKING:
    from agentrec.recording.layout import Segment
    from agentrec.terminal.seek.segment_cache import SegmentCache
    from agentrec.terminal.seek.state_cache import StateCache

# At a segment's start a state is kept once this much output was fed since the last one.
STATE_SPACING_BYTES = 512 << 10


class PlayHead:
    """``screen`` after the first ``seq`` events of the recording."""

    def __init__(self, segments: SegmentCache, states: StateCache) -> None:
        """Raises InputError when the recording's first size cannot be shown."""
        self._segments, self._states = segments, states
        self.screen = Screen(*segments.recording.size, states.scrollback)
        self.seq = 0
        self._fed_bytes = 0  # since a state was last kept or restored

    def seek(self, goal: int) -> None:
        """Go to the state after the first ``goal`` events, forward or back."""
        back = goal < self.seq
        segment_of = self._segments.layout.segment_of
        # A keyframe of the file on the way is always used: so what a damaged file shows there does
        # not depend on where the head came from. States kept in memory pay only for longer ways.
        far = segment_of(goal) > segment_of(self.seq) + 1
        if back or far or self._states.has_keyframe(self.seq, goal):
            restored = self._states.restore(-1 if back else self.seq, goal)
            if restored:
                (self.seq, self.screen), self._fed_bytes = restored, 0
            elif back:
                self.screen = Screen(*self._segments.recording.size, self._states.scrollback)
                self.seq = self._fed_bytes = 0
        self._feed(goal)

    def _feed(self, goal: int) -> None:
        places = self._segments.layout.segments
        for number in range(self._segments.layout.segment_of(self.seq), len(places)):
            if self.seq >= goal:
                break
            segment = self._segments.load(number).segment
            if self.seq <= places[number].seq:
                self._enter(segment)
            stop = min(goal, places[number + 1].seq) if number + 1 < len(places) else goal
            self._fed_bytes += feed_segment(self.screen, segment, self.seq, stop)
            self.seq = stop

    def _enter(self, segment: Segment) -> None:
        """At a segment's start: keep a state if one is due, and correct a size that was lost."""
        if self._fed_bytes >= STATE_SPACING_BYTES:
            self._states.add(self.seq, self.screen)
            self._fed_bytes = 0
        correct_size(self.screen, segment.size)
