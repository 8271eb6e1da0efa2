"""The screen at any time of a recording, exact, within milliseconds.

A :class:`Timeline` stands somewhere in the recording with a screen. Going forward it feeds what lies
between; going elsewhere it restores the state nearest before the goal (a keyframe of the file, or
one it took when it passed there) and feeds from there. How it came there never shows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from agentrec.terminal.seek.activity import Survey
from agentrec.terminal.seek.play_head import Head
from agentrec.terminal.seek.segment_cache import Reel
from agentrec.terminal.seek.state_cache import SCROLLBACK, States

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from agentrec.recording.format.decode import Columns
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen

FAR = 3  # segments without a keyframe that a seek may have to feed


class Timeline:
    """Screens and frames of a recording by time (ns) or seq. For one thread at a time.

    A screen shows cells, cursor, modes and title exactly as playing from the start would. Of what
    scrolled off it keeps the last ``scrollback`` lines; after resizes, which wrap those lines anew,
    the oldest of them may be fewer. With another ``scrollback`` than the default the keyframes in
    the file are of no use, and seeks are only fast once :meth:`work` is done.
    """

    def __init__(self, recording: Recording, *, scrollback: int = SCROLLBACK) -> None:
        """Raises InputError for a recording whose first size cannot be shown, and what Screen raises."""
        self._reel = Reel(recording)
        self._states = States(self._reel.layout, scrollback)
        self._head = Head(self._reel, self._states)
        self._scout: Head | None = None  # goes ahead in work(), where keyframes are missing
        self._survey = Survey()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what this opened itself; the recording it was given stays open."""
        self._reel.close()

    @property
    def duration(self) -> int:
        """Time of the last event, ns. Grows with :meth:`refresh`."""
        return self._reel.duration

    @property
    def growing(self) -> bool:
        """Whether somebody was still writing the recording at the last :meth:`refresh`."""
        return self._reel.live

    @property
    def count(self) -> int:
        """How many events there are. Grows with :meth:`refresh`."""
        return self._reel.count

    def seq_at(self, t: int) -> int:
        """How many events lie at ``t`` (ns) or before."""
        return self._reel.seq_at(t)

    def time_after(self, seq: int) -> int:
        """When the first ``seq`` events had happened, ns."""
        return self._reel.time_after(min(seq, self._reel.count))

    def chunks(self, seq: int) -> Iterator[Columns]:
        """All records from the chunk on that holds the event ``seq``. Valid until the next call."""
        for number in range(self._reel.layout.segment_of(seq), len(self._reel.layout.segments)):
            for chunk in self._reel.entry(number).segment.chunks:
                if chunk.seq + len(chunk) > seq:
                    yield chunk

    def screen_at(self, t: int) -> Screen:
        """The screen with every event up to and including ``t``. Valid until the next call."""
        return self.screen_after(self._reel.seq_at(t))

    def screen_after(self, seq: int) -> Screen:
        """The screen after the first ``seq`` events. Valid until the next call."""
        self._head.go(min(max(0, seq), self._reel.count))
        return self._head.screen

    def frame_after(self, t: int) -> int | None:
        """When the next picture after ``t`` was complete; see :mod:`agentrec.terminal.seek.frame_times`."""
        layout = self._reel.layout
        for number in range(layout.segment_at(t), len(layout.segments)):
            times = self._reel.entry(number).steps()
            place = bisect_right(times, t)
            if place < len(times):
                return times[place]
        return None

    def frame_before(self, t: int) -> int | None:
        """When the last picture before ``t`` was complete."""
        layout = self._reel.layout
        for number in range(layout.segment_at(t) if layout.segments else -1, -1, -1):
            times = self._reel.entry(number).steps()
            place = bisect_left(times, t)
            if place:
                return times[place - 1]
        return None

    def refresh(self) -> bool:
        """Look whether the recording has grown, or was finished. True if there is something new."""
        was_live = self._reel.live
        news = self._reel.refresh()
        if news:
            self._states.layout = self._reel.layout
            self._survey.complete = False
        return news or was_live != self._reel.live

    def survey(self) -> Survey:
        """What :meth:`work` has found out so far: activity, idle spans, resizes, the program's end."""
        return self._survey

    def work(self) -> bool:
        """Do some ms of work for the survey and, where the file lacks keyframes, for fast seeks.

        To be called whenever there is time, by the thread that asks for screens. False when nothing
        is left to do (until :meth:`refresh`).
        """
        places = self._reel.layout.segments
        number = self._reel.layout.segment_of(self._survey.seq)
        if self._survey.complete or not places:
            self._survey.complete = True
            return False
        for chunk in self._reel.entry(number, passing=True).segment.chunks:
            self._survey.add(chunk)
        self._cover(number)
        if number + 1 < len(places):
            self._survey.seq = places[number + 1].seq
        else:
            self._survey.complete = True
        return not self._survey.complete

    def _cover(self, number: int) -> None:
        """Go through segment ``number``, taking states, unless the file has a keyframe near its end."""
        places = self._reel.layout.segments
        near = number + 1 - FAR
        if near < 0 or number + 1 >= len(places):
            return
        goal = places[number + 1].seq
        if not self._states.in_file(places[near].seq, goal):
            if self._scout is None or self._scout.at > goal:
                self._scout = Head(self._reel, self._states)
            self._scout.go(goal)
