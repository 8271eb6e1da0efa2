"""A play head: a screen and the place in the recording whose events it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek.play import play, set_size

if TYPE_CHECKING:
    from agentrec.recording.layout import Segment
    from agentrec.terminal.seek.segment_cache import Reel
    from agentrec.terminal.seek.state_cache import States

SPACING = 512 << 10  # bytes of output from which on a state is taken at the next segment's start


class Head:
    """``screen`` after the first ``at`` events of ``reel``."""

    def __init__(self, reel: Reel, states: States) -> None:
        """Raises InputError when the recording's first size cannot be shown."""
        self._reel, self._states = reel, states
        self.screen = Screen(*reel.recording.size, states.scrollback)
        self.at = 0
        self._fed = 0  # bytes since the last state that was taken or restored

    def go(self, goal: int) -> None:
        """Go to where the first ``goal`` events have been seen, forward or back."""
        back = goal < self.at
        segment_of = self._reel.layout.segment_of
        # Keyframes in the file are never passed by: what a damaged file shows then does not
        # depend on where one came from. States taken on the way only pay when they are further on.
        far = segment_of(goal) > segment_of(self.at) + 1
        if back or far or self._states.in_file(self.at, goal):
            found = self._states.restore(-1 if back else self.at, goal)
            if found:
                (self.at, self.screen), self._fed = found, 0
            elif back:
                self.screen = Screen(*self._reel.recording.size, self._states.scrollback)
                self.at = self._fed = 0
        self._feed(goal)

    def _feed(self, goal: int) -> None:
        places = self._reel.layout.segments
        for number in range(self._reel.layout.segment_of(self.at), len(places)):
            if self.at >= goal:
                break
            segment = self._reel.entry(number).segment
            if self.at <= places[number].seq:
                self._enter(segment)
            stop = min(goal, places[number + 1].seq) if number + 1 < len(places) else goal
            self._fed += play(self.screen, segment, self.at, stop)
            self.at = stop

    def _enter(self, segment: Segment) -> None:
        """At a segment's start: take a state when it is worth it; correct a size that was lost."""
        if self._fed >= SPACING:
            self._states.add(self.at, self.screen)
            self._fed = 0
        set_size(self.screen, segment.size)
