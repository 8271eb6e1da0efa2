"""Screens for the player, made in a thread: the newest wish counts, keys never wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from agentrec.recording.markers import Point
    from agentrec.terminal.engine.screen import Cursor
    from agentrec.terminal.engine.styles import Run
    from agentrec.terminal.seek.timeline import Timeline

ACTIVITY_PARTS = 512  # of the duration, for the activity shown along the timeline
_REPORT_SECONDS = 0.25  # seconds
_MAX_FIND_FRAMES = 100  # how far a line that was seen growing may be from what was looked for in it


class Picture(NamedTuple):
    """The recorded screen at a time. ``rows`` hold styled runs; a row that did not change is the same
    list as in the picture before. ``above``: lines scrolled off. ``serial`` is the wish it answers.
    ``moved``: the projector chose the time: a frame step, or where something is found; ``edge``: there
    was no further frame to go to."""

    t: int
    cols: int
    lines: list[list[Run]]
    cursor: Cursor
    title: str
    alt_screen: bool
    above: int
    serial: int
    moved: bool
    edge: bool


class Anchor(NamedTuple):
    """Where the cursor was when a point was set: the line counted from the top of the scrollback, and
    what stood on it up to the cursor."""

    point: str
    alt_screen: bool
    line: int
    text: str


class Trouble(NamedTuple):
    """The thread met something it cannot go on with."""

    reason: str


class Grown(NamedTuple):
    """The recording has become longer, or (``growing`` false) is finished."""

    duration: int
    growing: bool


class Surveyed(NamedTuple):
    """What is known so far of the whole: ``activity`` in equal parts of the duration, idle spans (ns),
    and how many events were seen."""

    activity: list[int]
    idle: list[tuple[int, int]]
    events: int


class ScreenWorker:
    """Owns a timeline and the thread that asks it; answers go to ``deliver``, in that thread."""

    def __init__(self, timeline: Timeline, deliver: Callable[[object], None]) -> None:
        self._timeline = timeline
        self._deliver = deliver
        self._something = threading.Condition()
        self._wanted: int | None = None
        self._pattern: re.Pattern[str] | None = None
        self._steps = 0
        self.serial = 0  # of the newest wish
        self._grow = False
        self._anchors: deque[Point] = deque()
        self._working = False  # the timeline has something to do in its spare time
        self._told = 0.0
        self._closing = False
        self._t = 0
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop; what is not done yet is dropped."""
        with self._something:
            self._closing = True
            self._something.notify()
        if self._thread.is_alive():
            self._thread.join()

    def show(self, t: int, pattern: re.Pattern[str] | None = None) -> None:
        """The screen at ``t`` is wanted; replaces wishes that are not answered yet.

        With ``pattern``, the first frame from there on that shows it, if it comes soon.
        """
        with self._something:
            self._wanted, self._steps, self._pattern = t, 0, pattern
            self.serial += 1
            self._something.notify()

    def step(self, by: int) -> None:
        """Go ``by`` frames on from where the last wish led, back when negative."""
        with self._something:
            self._steps += by
            self.serial += 1
            self._something.notify()

    def grow(self) -> None:
        """Look whether the recording has become longer."""
        with self._something:
            self._grow = True
            self._something.notify()

    def work(self) -> None:
        """From now on use spare time for what the timeline wants to find out."""
        with self._something:
            self._working = True
            self._something.notify()

    def anchor(self, points: list[Point]) -> None:
        """Find out where on the screen these points were set, when there is nothing else to do."""
        with self._something:
            self._anchors.extend(points)
            self._something.notify()

    def _run(self) -> None:
        while self._wait():
            try:
                self._serve()
            except Exception as error:  # noqa: BLE001 - said aloud; the next wish may go well
                self._deliver(Trouble(str(error) or repr(error)))

    def _wait(self) -> bool:
        with self._something:
            while not (self._closing or self._busy()):
                self._something.wait()
            return not self._closing

    def _busy(self) -> bool:
        return self._urgent() or self._grow or bool(self._anchors) or self._working

    def _urgent(self) -> bool:
        return self._wanted is not None or self._steps != 0

    def _serve(self) -> None:
        with self._something:
            wanted, self._wanted = self._wanted, None
            pattern, self._pattern = self._pattern, None
            steps, self._steps = self._steps, 0
            grow, self._grow = self._grow, False
            serial = self.serial
        if wanted is not None:
            self._t = wanted
        if grow:
            self._look_for_more()
        if steps:
            went = self._walk(steps)
            self._deliver(self._picture(serial, moved=True, edge=not went))
        elif wanted is not None:
            if pattern:
                self._t = self._find(pattern)
            self._deliver(self._picture(serial, moved=pattern is not None))
        elif self._anchors:
            self._find_anchor()
        elif self._working:
            self._work()

    def _walk(self, steps: int) -> bool:
        """Go that many frames; false when there was none to go to."""
        went = False
        find = self._timeline.frame_after if steps > 0 else self._timeline.frame_before
        for _ in range(abs(steps)):
            t = find(self._t)
            if t is None:
                break
            self._t, went = t, True
        return went

    def _find(self, pattern: re.Pattern[str]) -> int:
        """The first time from here on that ``pattern`` is on screen; here, when it is not soon."""
        t: int | None = self._t
        for _ in range(_MAX_FIND_FRAMES):
            if t is None or self._urgent():
                break
            if any(map(pattern.search, self._timeline.screen_at(t).rows_text())):
                return t
            t = self._timeline.frame_after(t)
        return self._t

    def _picture(self, serial: int, *, moved: bool, edge: bool = False) -> Picture:
        screen = self._timeline.screen_at(self._t)
        return Picture(
            self._t,
            screen.cols,
            screen.styled_rows(),
            screen.cursor,
            screen.title,
            screen.modes.alt_screen,
            screen.scrollback_lines,
            serial,
            moved,
            edge,
        )

    def _look_for_more(self) -> None:
        more = self._timeline.refresh()
        growing = self._timeline.growing
        self._working = self._working or more
        if more or not growing:
            self._deliver(Grown(self._timeline.duration, growing))

    def _find_anchor(self) -> None:
        with self._something:
            if not self._anchors or self._urgent():
                return
            point = self._anchors.popleft()
        screen = self._timeline.screen_at(point.t)
        line = screen.scrollback_lines + screen.cursor.y
        text = screen.row_text(screen.cursor.y)[: screen.cursor.x]
        self._deliver(Anchor(point.id, screen.modes.alt_screen, line, text))

    def _work(self) -> None:
        """A little of what makes later answers quick, and tells what the whole looks like."""
        self._working = self._timeline.scan_next()
        now = time.monotonic()
        if not self._working or now - self._told >= _REPORT_SECONDS:
            self._told = now
            survey = self._timeline.activity()
            activity = survey.output_bytes(ACTIVITY_PARTS, self._timeline.duration)
            self._deliver(Surveyed(activity, list(survey.idle), survey.seq))
