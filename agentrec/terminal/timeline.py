"""The screen at any time of a recording, exact, within milliseconds.

A :class:`Timeline` stands somewhere in the recording with a screen. Going forward it feeds what lies
between; going elsewhere it restores the state nearest before the goal (a keyframe of the file, or
one it took when it passed there) and feeds from there. How it came there never shows.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING

from agentrec.recording.layout import Layout, Segment
from agentrec.recording.reader import Recording, is_live
from agentrec.terminal.play import play, set_size
from agentrec.terminal.screen import Screen
from agentrec.terminal.states import SCROLLBACK, States
from agentrec.terminal.steps import steps
from agentrec.terminal.survey import Survey

if TYPE_CHECKING:
    from typing import Self

SPACING = 512 << 10  # bytes of output from which on a state is taken at the next segment's start
FAR = 8  # segments without a keyframe that a seek may have to feed
_CACHE = 16 << 20  # bytes of decoded segments kept


class Timeline:
    """Screens and frames of a recording by time (ns) or seq. For one thread at a time.

    ``duration``  time of the last event, ns; :meth:`refresh` lets it grow
    ``growing``   somebody is still writing the recording

    A screen shows cells, cursor, modes and title exactly as playing from the start would. Of what
    scrolled off it keeps the last ``scrollback`` lines; after resizes, which wrap those lines anew,
    the oldest of them may be fewer. With another ``scrollback`` than the default the keyframes in
    the file are of no use.
    """

    def __init__(self, recording: Recording, *, scrollback: int = SCROLLBACK) -> None:
        """Raises InputError for a recording whose first size cannot be shown."""
        self.recording = recording
        self.growing = recording.live
        self._scrollback = scrollback
        self._owned: Recording | None = None
        self._layout = Layout(recording)
        self._states = States(self._layout, scrollback)
        self._cache: OrderedDict[int, _Entry] = OrderedDict()
        self._survey = Survey()
        self._screen = Screen(*recording.size, scrollback)
        self._at = 0  # the first events that the screen has seen
        self._fed = 0  # bytes since the last state that was taken or restored
        self._measure()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what this opened itself: the new file when a recording was replaced."""
        if self._owned:
            self._owned.close()

    def screen_at(self, t: int) -> Screen:
        """The screen with every event up to and including ``t``. Valid until the next call."""
        return self.screen_after(self._seq_at(t))

    def screen_after(self, seq: int) -> Screen:
        """The screen after the first ``seq`` events. Valid until the next call."""
        self._go(min(max(0, seq), self._count))
        return self._screen

    def frame_after(self, t: int) -> int | None:
        """When the next picture after ``t`` was complete; see :mod:`agentrec.terminal.steps`."""
        for number in range(self._layout.segment_at(t), len(self._layout.segments)):
            times = self._entry(number).steps()
            place = bisect_right(times, t)
            if place < len(times):
                return times[place]
        return None

    def frame_before(self, t: int) -> int | None:
        """When the last picture before ``t`` was complete."""
        if not self._layout.segments:
            return None
        for number in range(self._layout.segment_at(t), -1, -1):
            times = self._entry(number).steps()
            place = bisect_left(times, t)
            if place:
                return times[place - 1]
        return None

    def refresh(self) -> bool:
        """Look whether the recording has grown, or was finished. True if there is something new."""
        live = is_live(self.recording.file)  # asked first: what is written last is then seen below
        news = self._layout.extend() or (not live and self._reopen())
        was, self.growing = self.growing, live
        if news:
            self._measure()
            self._survey.complete = False
        return news or was != live

    def survey(self) -> Survey:
        """What :meth:`work` has found out so far: activity, idle spans, resizes, the program's end."""
        return self._survey

    def work(self) -> bool:
        """Do some ms of work towards the survey and, where the file lacks keyframes, towards fast seeks.

        To be called whenever there is time. False when nothing is left to do (until :meth:`refresh`).
        """
        number = self._layout.segment_of(self._survey.seq)
        if self._survey.complete or number >= len(self._layout.segments):
            self._survey.complete = True
            return False
        segment = self._entry(number, passing=True).segment
        for chunk in segment.chunks:
            self._survey.add(chunk)
        if number + 1 < len(self._layout.segments):
            self._survey.seq = self._layout.segments[number + 1].seq
        else:
            self._survey.complete = True
        return not self._survey.complete

    def _seq_at(self, t: int) -> int:
        """How many events lie at ``t`` or before."""
        if self._layout.segments and t >= 0:
            for number in range(self._layout.segment_at(t), -1, -1):
                found = self._entry(number).segment.seq_after(t)
                if found is not None:
                    return found
        return 0

    def _go(self, goal: int) -> None:
        back = goal < self._at
        # Keyframes in the file are never passed by: what a damaged file shows then does not
        # depend on where one came from. States taken on the way only pay when they are further on.
        near = self._layout.segment_of(self._at) + 2 > self._layout.segment_of(goal)
        if back or self._states.in_file(self._at, goal) or not near:
            found = self._states.restore(-1 if back else self._at, goal)
            if found:
                self._at, self._screen = found
                self._fed = 0
            elif back:
                self._at, self._fed = 0, 0
                self._screen = Screen(*self.recording.size, self._scrollback)
        self._feed(goal)

    def _feed(self, goal: int) -> None:
        places = self._layout.segments
        for number in range(self._layout.segment_of(self._at), len(places)):
            if self._at >= goal:
                break
            segment = self._entry(number).segment
            if self._at <= places[number].seq:
                self._enter(segment)
            more = number + 1 < len(places)
            stop = min(goal, places[number + 1].seq) if more else goal
            self._fed += play(self._screen, segment, self._at, stop)
            self._at = stop
        self._at = goal

    def _enter(self, segment: Segment) -> None:
        """At a segment's start: take a state when it is worth it; correct a size that was lost."""
        if self._fed >= SPACING:
            self._states.add(self._at, self._screen)
            self._fed = 0
        set_size(self._screen, segment.size)

    def _entry(self, number: int, *, passing: bool = False) -> _Entry:
        """Segment ``number``, decoded; ``passing``: it will hardly be needed again soon."""
        entry = self._cache.get(number)
        if entry is None:
            entry = self._cache[number] = _Entry(Segment(self._layout.segments[number]))
        entry.read(self.recording, self._layout.stop(number))
        self._cache.move_to_end(number, last=not passing)
        total = sum(entry.segment.bytes for entry in self._cache.values())
        while total > _CACHE and len(self._cache) > 2:
            oldest = next(key for key in self._cache if key != number)
            total -= self._cache.pop(oldest).segment.bytes
        return entry

    def _measure(self) -> None:
        """Find how many events there are, and until when."""
        self._count, self.duration = 0, 0
        for number in range(len(self._layout.segments) - 1, -1, -1):
            last = self._entry(number).segment.last
            if last:
                self._count, self.duration = last
                return

    def _reopen(self) -> bool:
        """Go on in the new file when the recording was compacted under our eyes."""
        try:
            now, ours = os.stat(self.recording.path), os.fstat(self.recording.file.fileno())
        except OSError:
            return False
        if (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino):
            return False
        recording = Recording.open(self.recording.path)
        self.close()
        self.recording = self._owned = recording
        self._layout = self._states.layout = Layout(recording)
        self._cache.clear()
        return True


class _Entry:
    """A decoded segment, how far the file was read for it, and its frame steps once asked for."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._stop = -1
        self._steps: list[int] | None = None

    def read(self, recording: Recording, stop: int) -> None:
        if stop != self._stop and self.segment.read(recording, stop):
            self._steps = None
        self._stop = stop

    def steps(self) -> list[int]:
        if self._steps is None:
            self._steps = steps(self.segment)
        return self._steps
