"""The screen at any time of a recording, exact, within milliseconds.

A :class:`Timeline` has a screen that shows one position of the recording. To go forward it feeds what
lies between; to go elsewhere it restores the nearest state before the goal (a keyframe of the file, or
one it kept when it passed there) and feeds from there. The result does not depend on the way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from agentrec.terminal.seek.activity import Activity
from agentrec.terminal.seek.play_head import PlayHead
from agentrec.terminal.seek.segment_cache import SegmentCache
from agentrec.terminal.seek.state_cache import SCROLLBACK_LINES, StateCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen

MAX_GAP_SEGMENTS = 3  # without a state to restore, that a seek may have to feed


class Timeline:
    """Screens and frames of a recording by time (ns) or seq. For one thread at a time.

    A screen shows cells, cursor, modes and title exactly as playing from the start would. Of what
    scrolled off it keeps the last ``scrollback`` lines; after resizes, which wrap those lines again,
    some of the oldest may be missing. With another ``scrollback`` than the default the keyframes in
    the file cannot be used, and seeks are only fast once :meth:`scan_next` is done.
    """

    def __init__(self, recording: Recording, *, scrollback: int = SCROLLBACK_LINES) -> None:
        """Raises InputError for a recording whose first size cannot be shown, and what Screen raises."""
        self._segments = SegmentCache(recording)
        self._states = StateCache(self._segments.layout, scrollback)
        self._head = PlayHead(self._segments, self._states)
        self._scan_head: PlayHead | None = None  # keeps states where the file lacks keyframes
        self._activity = Activity()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what this has opened itself; the recording it was given stays open."""
        self._segments.close()

    @property
    def duration(self) -> int:
        """Time of the last event, ns. Grows with :meth:`refresh`."""
        return self._segments.duration

    @property
    def growing(self) -> bool:
        """Whether somebody was still writing the recording at the last :meth:`refresh`."""
        return self._segments.live

    @property
    def count(self) -> int:
        """How many events there are. Grows with :meth:`refresh`."""
        return self._segments.count

    def seq_at(self, t: int) -> int:
        """How many events lie at ``t`` (ns) or before."""
        return self._segments.seq_at(t)

    def time_after(self, seq: int) -> int:
        """When the first ``seq`` events had happened, ns."""
        return self._segments.time_after(min(seq, self._segments.count))

    def chunks(self, seq: int) -> Iterator[Columns]:
        """All records from the chunk on that holds the event ``seq``. Valid until the next call."""
        for number in range(
            self._segments.layout.segment_of(seq), len(self._segments.layout.segments)
        ):
            for chunk in self._segments.load(number).segment.chunks:
                if chunk.seq + len(chunk) > seq:
                    yield chunk

    def screen_at(self, t: int) -> Screen:
        """The screen with every event up to and including ``t``. Valid until the next call."""
        return self.screen_after(self._segments.seq_at(t))

    def screen_after(self, seq: int) -> Screen:
        """The screen after the first ``seq`` events. Valid until the next call."""
        self._head.seek(min(max(0, seq), self._segments.count))
        return self._head.screen

    def frame_after(self, t: int) -> int | None:
        """When the next picture after ``t`` was complete; see :mod:`agentrec.terminal.seek.frame_times`."""
        layout = self._segments.layout
        for number in range(layout.segment_at(t), len(layout.segments)):
            times = self._segments.load(number).frame_times()
            index = bisect_right(times, t)
            if index < len(times):
                return times[index]
        return None

    def frame_before(self, t: int) -> int | None:
        """When the last picture before ``t`` was complete."""
        layout = self._segments.layout
        for number in range(layout.segment_at(t) if layout.segments else -1, -1, -1):
            times = self._segments.load(number).frame_times()
            index = bisect_left(times, t)
            if index:
                return times[index - 1]
        return None

    def refresh(self) -> bool:
        """Check whether the recording has grown or ended. True if there is something new."""
        was_live = self._segments.live
        grown = self._segments.refresh()
        if grown:
            self._states.layout = self._segments.layout
            self._activity.complete = False
        return grown or was_live != self._segments.live

    def activity(self) -> Activity:
        """What :meth:`scan_next` has found so far: activity, idle spans, resizes, the program's end."""
        return self._activity

    def scan_next(self) -> bool:
        """Scan another segment, in some ms: count its activity, and keep states for fast seeks.

        To be called in spare time, by the thread that asks for screens. False when everything is
        scanned (until :meth:`refresh` finds more).
        """
        places = self._segments.layout.segments
        number = self._segments.layout.segment_of(self._activity.seq)
        if self._activity.complete or not places:
            self._activity.complete = True
            return False
        for chunk in self._segments.load(number, passing=True).segment.chunks:
            self._activity.add(chunk)
        self._cover(number)
        if number + 1 < len(places):
            self._activity.seq = places[number + 1].seq
        else:
            self._activity.complete = True
        return not self._activity.complete

    def _cover(self, number: int) -> None:
        """Play segment ``number`` and keep states, unless the file has a keyframe near its end."""
        places = self._segments.layout.segments
        near = number + 1 - MAX_GAP_SEGMENTS
        if near < 0 or number + 1 >= len(places):
            return
        goal = places[number + 1].seq
        if not self._states.has_keyframe(places[near].seq, goal):
            if self._scan_head is None or self._scan_head.seq > goal:
                self._scan_head = PlayHead(self._segments, self._states)
            self._scan_head.seek(goal)
