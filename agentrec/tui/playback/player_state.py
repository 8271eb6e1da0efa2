"""The recording being played: the clock and everything known of the recording, without a screen.

Threads do the work (screens, events, search) and post messages; the player passes these on to the
methods here, in its own thread.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.recording.reader import Recording
from agentrec.text import one_line
from agentrec.tui.draw.event_items import NOTE_SIGN, Item, of_point
from agentrec.tui.draw.timeline_cells import MARK_SIGNS, TimelineMark, marker_kind
from agentrec.tui.playback.clock import Clock
from agentrec.tui.playback.cut_points import CutPoints
from agentrec.tui.playback.event_loader import EventLoader
from agentrec.tui.playback.gutter import Gutter
from agentrec.tui.playback.screen_worker import ScreenWorker
from agentrec.tui.playback.search_worker import SearchWorker

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping

    from textual.message import Message

    from agentrec.recording.markers import Marker
    from agentrec.report.spans import TraceSpan
    from agentrec.terminal.seek.timeline import Timeline
    from agentrec.tui.playback.messages import (
        ActivityScanned,
        EventsLoaded,
        HitsFound,
        Picture,
        RecordingGrown,
    )

# `[` while playing goes to the mark before the one just passed.
_JUST_PASSED_NS = 1_500_000_000


class PlayerState:
    """What is being played, and the position in it."""

    def __init__(
        self,
        recording: Recording,
        timeline: Timeline,
        post: Callable[[Message], object],
        *,
        speed: float = 1.0,
        idle_limit: int | None = None,
    ) -> None:
        self.recording = recording
        self.path = recording.path
        self.clock = Clock(
            timeline.duration, speed=speed, idle_limit=idle_limit, growing=recording.live
        )
        self.torn = not recording.ended and not recording.live
        self.markers: list[Marker] = []  # marks, snapshots and branches
        self.items: list[Item] = []
        self.errors: list[int] = []
        self.spans: list[TraceSpan] = []
        self.damage = 0
        self.empty = False  # nothing was recorded
        self.loaded = False  # markers and events have been read
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[int] = []
        self.searching = False
        self.searched = 0  # how far the search has come, ns
        self.cut = CutPoints()
        self._branches: list[Marker] = []
        self.screens = ScreenWorker(timeline, post)
        self.events = EventLoader(self.path, post)
        self.searches = SearchWorker(self._lines, post)
        self.gutter = Gutter(self.screens.find_anchors)

    def start(self) -> None:
        self.screens.show(self.clock.t)
        self.screens.start()

    def start_background(self) -> None:
        """Start what can wait until the first frame is shown."""
        self.events.start()

    def close(self) -> None:
        for worker in (self.searches, self.events, self.screens):
            worker.close()

    def show(self, pattern: re.Pattern[str] | None = None) -> None:
        """Request the screen at the clock's time."""
        self.screens.show(self.clock.t, pattern)

    def step(self, by: int) -> None:
        """Pause, and go to the next frame (1) or the previous one (-1)."""
        if self.clock.playing:
            self.clock.pause()
            self.show()
        self.screens.step(by)

    # what threads report

    def follow_picture(self, picture: Picture) -> None:
        """Move the clock to a time that the worker chose."""
        if picture.moved and picture.serial == self.screens.serial:
            self.clock.seek(picture.t)

    def add_events(self, loaded: EventsLoaded) -> bool:
        """Take over markers and events; true when everything is loaded for the first time."""
        first = loaded.done and not self.loaded
        self._set_markers(loaded.markers)
        self.items, self.errors, self.spans = loaded.items, loaded.errors, loaded.spans
        self.damage, self.loaded = loaded.damage, loaded.done
        self.torn = self.torn or loaded.torn
        if first:
            self.screens.scan()  # not before: two busy threads would delay the keys
        return first

    def add_branches(self, branches: list[Marker]) -> None:
        self._branches = branches
        self._set_markers([marker for marker in self.markers if marker.kind != "branch"])

    def add_hits(self, found: HitsFound) -> None:
        if found.pattern == self.pattern:
            self.hits, self.searching = found.times, not found.done
            self.searched = found.until

    def add_activity(self, scanned: ActivityScanned) -> None:
        self.clock.idle = scanned.idle
        self.empty = not scanned.events

    def grow(self, grown: RecordingGrown) -> None:
        self.clock.extend(grown.duration)
        self.searches.forget()
        if not grown.growing:
            self.clock.finish()

    # searching

    def search(self, pattern: re.Pattern[str] | None) -> None:
        """Search for ``pattern``; None ends the search."""
        if pattern == self.pattern and not self.clock.growing:
            return
        self.pattern, self.hits = pattern, []
        self.searching, self.searched = pattern is not None, 0
        if pattern:
            self.searches.search(pattern)
        else:
            self.searches.cancel()

    def neighbor_hit(self, direction: int, *, here: bool = False) -> int | None:
        """The time of the next hit (1) or the previous one (-1); ``here`` includes this time."""
        t = self.clock.t
        if direction > 0:
            return next((hit for hit in self.hits if hit > t or (here and hit == t)), None)
        return next((hit for hit in reversed(self.hits) if hit < t), None)

    def hit_number(self) -> int:
        """How many hits lie at or before this time."""
        return bisect_right(self.hits, self.clock.t)

    # markers

    def neighbor_marker(self, direction: int, kind: str) -> Marker | None:
        """The next marker of a kind (1), or the previous one (-1)."""
        t = self.clock.t
        markers = [marker for marker in self.markers if marker.kind == kind]
        if direction > 0:
            return next((marker for marker in markers if marker.t > t), None)
        slack = round(_JUST_PASSED_NS * self.clock.speed) if self.clock.playing else 0
        return next((marker for marker in reversed(markers) if marker.t < t - slack), None)

    def note_before(self) -> Item | None:
        """The last note about this time or an earlier one, which answers none itself."""
        t = self.clock.t
        notes = (item for item in reversed(self.items) if item.sign == NOTE_SIGN and item.t <= t)
        return next(notes, None)

    def timeline_marks(self) -> list[TimelineMark]:
        """What the timeline shows."""
        marks = [TimelineMark(marker.t, marker_kind(marker)) for marker in self.markers]
        ends = zip((self.cut.start, self.cut.end), ("start", "end"), strict=True)
        marks += [TimelineMark(t, kind) for t, kind in ends if t is not None]
        return marks + [TimelineMark(t, "error") for t in self.errors]

    def marker_items(self) -> list[Item]:
        """What the panel lists: where this branch comes from, and every marker."""
        return [*_origin(self.recording.header), *(of_point(marker) for marker in self.markers)]

    @property
    def anchored(self) -> bool:
        """Whether the gutter is complete at this time."""
        return self.gutter.is_complete(self.markers, self.clock.t)

    def gutter_rows(self, picture: Picture) -> dict[int, str]:
        return self.gutter.rows(self.markers, picture)

    def _set_markers(self, markers: list[Marker]) -> None:
        self.markers = sorted([*markers, *self._branches], key=lambda marker: marker.t)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """All text of the recording, for the search's thread."""
        from agentrec.tui.playback.search_lines import search_lines

        with Recording.open(self.path) as recording:
            yield from search_lines(recording)


def _origin(header: Mapping[str, object]) -> list[Item]:
    """The branch point that a branch comes from."""
    parent = header.get("parent")
    if not isinstance(parent, dict) or parent.get("relation") not in ("branch", "rerun"):
        return []
    text = f"from {parent.get('id', '?')} at {parent.get('snapshot', '?')}"
    if parent.get("message"):
        text += f": {parent['message']}"
    return [Item(0, MARK_SIGNS["branch"], "branch", one_line(text))]
