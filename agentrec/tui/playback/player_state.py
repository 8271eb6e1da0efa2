"""One recording being played: the clock and everything known of the recording, without a screen.

Threads do the work (screens, points, search) and hand their answers to ``deliver``; the player gives
them back through :meth:`Session.receive` in its own thread.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.recording.reader import Recording
from agentrec.text import one_line
from agentrec.tui.draw.event_items import Item, of_point
from agentrec.tui.draw.timeline_cells import MARK_SIGNS, Mark
from agentrec.tui.playback.clock import Clock
from agentrec.tui.playback.event_loader import EventLoader, Found
from agentrec.tui.playback.screen_worker import Anchor, Grown, Picture, ScreenWorker, Surveyed
from agentrec.tui.playback.search_worker import Hits, SearchWorker

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from agentrec.recording.markers import Point
    from agentrec.terminal.seek.timeline import Timeline

MAX_ANCHORS = 50  # points before the present whose place on the screen is looked up
_EARLY_BYTES = 1 << 19  # bytes of output after which a search is told what is still on screen
# `[` while playing goes to the moment before the one just passed.
_JUST_PASSED_NS = 1_500_000_000


class Branches(NamedTuple):
    """What was branched off, at the times it was branched off at."""

    points: list[Point]


class PlayerState:
    """What is being played, and where it stands."""

    def __init__(
        self,
        recording: Recording,
        timeline: Timeline,
        deliver: Callable[[object], None],
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
        self.points: list[Point] = []  # moments, snapshots and branches
        self.items: list[Item] = []
        self.errors: list[int] = []
        self.damage = 0
        self.empty = False  # certainly nothing was recorded
        self.known = False  # points and events have been read
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[int] = []
        self.searching = False
        self.searched = 0  # how far the search has come, ns
        self._branches: list[Point] = []
        self._asking: threading.Thread | None = None
        self._anchors: dict[str, Anchor] = {}
        self._asked: set[str] = set()  # points whose anchors were asked for
        self._deliver = deliver
        self.projector = ScreenWorker(timeline, deliver)
        self.scout = EventLoader(self.path, deliver)
        self.searcher = SearchWorker(self._lines, deliver)

    def start(self) -> None:
        self.projector.show(self.clock.t)
        self.projector.start()

    def start_background(self) -> None:
        """What can wait until the first frame is shown."""
        self.scout.start()

    def close(self) -> None:
        for part in (self.searcher, self.scout, self.projector):
            part.close()
        if self._asking:
            self._asking.join()

    def show(self, pattern: re.Pattern[str] | None = None) -> None:
        """Ask for the screen at the clock's time."""
        self.projector.show(self.clock.t, pattern)

    def step(self, by: int) -> None:
        """Pause, and go to the next frame (1) or the one before (-1)."""
        if self.clock.playing:
            self.clock.pause()
            self.show()
        self.projector.step(by)

    def receive(self, answer: object) -> None:
        """Take note of what a thread has found out."""
        if isinstance(answer, Picture):
            if answer.moved and answer.serial == self.projector.serial:
                self.clock.seek(answer.t)
        elif isinstance(answer, Found):
            self._found(answer)
        elif isinstance(answer, Grown):
            self.clock.extend(answer.duration)
            self.searcher.forget()
            if not answer.growing:
                self.clock.finish()
        elif isinstance(answer, Hits) and answer.pattern == self.pattern:
            self.hits, self.searching = answer.times, not answer.done
            self.searched = answer.until
        elif isinstance(answer, Surveyed):
            self.clock.idle = answer.idle
            self.empty = not answer.events
        elif isinstance(answer, Anchor):
            self._anchors[answer.point] = answer
        elif isinstance(answer, Branches):
            self._branches = answer.points
            self._sort([point for point in self.points if point.kind != "branch"])

    def look_for_branches(self) -> None:
        """Find out, in a thread, what was branched off this recording."""
        if self._asking and self._asking.is_alive():
            return
        name = str(self.recording.header.get("id", ""))
        self._asking = threading.Thread(target=_branches, args=(name, self._deliver), daemon=True)
        self._asking.start()

    def search(self, pattern: re.Pattern[str] | None) -> None:
        """Look for ``pattern`` from now on; None ends the search."""
        if pattern == self.pattern and not self.clock.growing:
            return
        self.pattern, self.hits = pattern, []
        self.searching, self.searched = pattern is not None, 0
        if pattern:
            self.searcher.search(pattern)
        else:
            self.searcher.cancel()

    def point_beside(self, direction: int, kind: str) -> Point | None:
        """The next point of a kind (1), or the one before (-1)."""
        t = self.clock.t
        points = [point for point in self.points if point.kind == kind]
        if direction > 0:
            return next((point for point in points if point.t > t), None)
        slack = round(_JUST_PASSED_NS * self.clock.speed) if self.clock.playing else 0
        return next((point for point in reversed(points) if point.t < t - slack), None)

    def hit_beside(self, direction: int, *, here: bool = False) -> int | None:
        """The time of the next hit (1) or the one before (-1); with ``here`` this moment counts."""
        t = self.clock.t
        if direction > 0:
            return next((hit for hit in self.hits if hit > t or (here and hit == t)), None)
        return next((hit for hit in reversed(self.hits) if hit < t), None)

    def hit_number(self) -> int:
        """How many hits lie at or before this time."""
        return bisect_right(self.hits, self.clock.t)

    @property
    def anchored(self) -> bool:
        """Whether the place of every point on the screen is known, as far as it is looked up."""
        return all(point.id in self._anchors for point in self._recent(self.clock.t))

    def marks(self) -> list[Mark]:
        """What the timeline shows."""
        points = [Mark(point.t, point.kind) for point in self.points]
        return points + [Mark(t, "error") for t in self.errors]

    def moments(self) -> list[Item]:
        """What the panel lists: where this one comes from, and every point."""
        return [*_origin(self.recording.header), *(of_point(point) for point in self.points)]

    def gutter(self, picture: Picture) -> dict[int, str]:
        """Rows of the screen beside which a point was set that is still in sight there."""
        marks: dict[int, str] = {}
        recent = self._recent(picture.t)
        unknown = [point for point in recent if point.id not in self._asked]
        if unknown:
            self._asked.update(point.id for point in unknown)
            self.projector.anchor(unknown)
        for point in recent:
            anchor = self._anchors.get(point.id)
            if anchor is None or anchor.alt_screen != picture.alt_screen:
                continue
            row = anchor.line - picture.above
            if 0 <= row < len(picture.lines):
                text = "".join(run.text for run in picture.lines[row])
                if text.startswith(anchor.text):
                    marks[row] = point.kind
        return marks

    def _recent(self, t: int) -> list[Point]:
        passed = bisect_right(self.points, t, key=lambda point: point.t)
        return self.points[max(0, passed - MAX_ANCHORS) : passed]

    def _found(self, found: Found) -> None:
        self._sort(found.points)
        self.items, self.errors = found.items, found.errors
        if found.done and not self.known:
            self.projector.work()  # one after the other: two busy threads are felt at the keys
            self.look_for_branches()
        self.damage, self.known = found.damage, found.done
        self.torn = self.torn or found.torn

    def _sort(self, points: list[Point]) -> None:
        self.points = sorted([*points, *self._branches], key=lambda point: point.t)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """All text of the recording, for the search's thread."""
        from agentrec.terminal.screen_transcript import transcript_lines

        with Recording.open(self.path) as recording:
            events = recording.events(tracks=("term",))
            yield from transcript_lines(events, *recording.size, early=_EARLY_BYTES)


def _origin(header: Mapping[str, Any]) -> list[Item]:
    """What a branch was branched off."""
    parent = header.get("parent")
    if not isinstance(parent, dict) or parent.get("relation") != "branch":
        return []
    said = f"from {parent.get('id', '?')} at {parent.get('snapshot', '?')}"
    if parent.get("message"):
        said += f": {parent['message']}"
    return [Item(0, MARK_SIGNS["branch"], "branch", one_line(said))]


def _branches(name: str, deliver: Callable[[object], None]) -> None:
    from agentrec.tui.playback.branch_runner import branches_of

    try:
        found = branches_of(name, os.environ)
    except (AgentrecError, OSError):
        return  # lineage is beside the point: nothing is said when it cannot be told
    deliver(Branches(found))
