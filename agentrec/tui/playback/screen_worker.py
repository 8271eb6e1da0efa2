"""Makes the screens for the player in a thread: only the newest request counts, keys never wait.

The thread lives as long as the player and owns the timeline, so it is not one of Textual's workers, which
run one task each. Like theirs, its results are messages.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from agentrec.tui.playback.messages import (
    ActivityScanned,
    Anchor,
    AnchorFound,
    Picture,
    PictureReady,
    RecordingGrown,
    TaskFailed,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from textual.message import Message

    from agentrec.recording.markers import Marker
    from agentrec.terminal.seek.timeline import Timeline

ACTIVITY_PARTS = 512  # of the duration, for the activity shown along the timeline
_REPORT_SECONDS = 0.25
_MAX_FIND_FRAMES = 100  # between a line that was seen growing and the match in it


class ScreenWorker:
    """Owns ``timeline`` and the thread that uses it; answers go to ``post``, from that thread."""

    def __init__(self, timeline: Timeline, post: Callable[[Message], object]) -> None:
        self._timeline = timeline
        self._post = post
        self._changed = threading.Condition()
        self._wanted: int | None = None
        self._pattern: re.Pattern[str] | None = None
        self._steps = 0
        self.serial = 0  # of the newest request
        self._refresh = False
        self._anchors: deque[Marker] = deque()
        self._scanning = False  # the timeline has something left to scan
        self._reported = 0.0
        self._closing = False
        self._t = 0
        self._thread = threading.Thread(target=self._run, name="screens", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop; requests that are not answered yet are dropped."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def show(self, t: int, pattern: re.Pattern[str] | None = None) -> None:
        """Request the screen at ``t``, instead of requests that are not answered yet.

        With ``pattern``, the first frame from there on that shows a match, if it is near.
        """
        with self._changed:
            self._wanted, self._steps, self._pattern = t, 0, pattern
            self.serial += 1
            self._changed.notify()

    def step(self, by: int) -> None:
        """Request the screen ``by`` frames after the last one, before it when negative."""
        with self._changed:
            self._steps += by
            self.serial += 1
            self._changed.notify()

    def refresh(self) -> None:
        """Check whether the recording has become longer."""
        with self._changed:
            self._refresh = True
            self._changed.notify()

    def scan(self) -> None:
        """From now on, use spare time to scan the recording."""
        with self._changed:
            self._scanning = True
            self._changed.notify()

    def find_anchors(self, markers: list[Marker]) -> None:
        """Find out where on the screen these markers were set, in spare time."""
        with self._changed:
            self._anchors.extend(markers)
            self._changed.notify()

    def _run(self) -> None:
        while self._wait():
            try:
                self._serve()
            except Exception as error:  # noqa: BLE001 - reported; the next request may go well
                self._post(TaskFailed(str(error) or repr(error)))

    def _wait(self) -> bool:
        with self._changed:
            while not (self._closing or self._has_work()):
                self._changed.wait()
            return not self._closing

    def _has_work(self) -> bool:
        return self._is_urgent() or self._refresh or bool(self._anchors) or self._scanning

    def _is_urgent(self) -> bool:
        return self._wanted is not None or self._steps != 0

    def _serve(self) -> None:
        with self._changed:
            wanted, self._wanted = self._wanted, None
            pattern, self._pattern = self._pattern, None
            steps, self._steps = self._steps, 0
            refresh, self._refresh = self._refresh, False
            serial = self.serial
        if wanted is not None:
            self._t = wanted
        if refresh:
            self._check_growth()
        if steps:
            moved = self._walk(steps)
            self._draw(serial, moved=True, edge=not moved)
        elif wanted is not None:
            if pattern:
                self._t = self._find(pattern)
            self._draw(serial, moved=pattern is not None)
        elif self._anchors:
            self._find_anchor()
        elif self._scanning:
            self._scan()

    def _walk(self, steps: int) -> bool:
        """Go that many frames; false when there was none to go to."""
        moved = False
        neighbor = self._timeline.frame_after if steps > 0 else self._timeline.frame_before
        for _ in range(abs(steps)):
            t = neighbor(self._t)
            if t is None:
                break
            self._t, moved = t, True
        return moved

    def _find(self, pattern: re.Pattern[str]) -> int:
        """The first time from here on with a match on screen; this time, when none is near."""
        t: int | None = self._t
        for _ in range(_MAX_FIND_FRAMES):
            if t is None or self._is_urgent():
                break
            if any(map(pattern.search, self._timeline.screen_at(t).rows_text())):
                return t
            t = self._timeline.frame_after(t)
        return self._t

    def _draw(self, serial: int, *, moved: bool, edge: bool = False) -> None:
        screen = self._timeline.screen_at(self._t)
        picture = Picture(
            self._t,
            screen.cols,
            screen.styled_rows(),
            [screen.row_wraps(y) for y in range(screen.rows)],
            screen.cursor,
            screen.title,
            screen.modes.alt_screen,
            screen.scrollback_lines,
            serial,
            moved,
            edge,
        )
        self._post(PictureReady(picture))

    def _check_growth(self) -> None:
        grown = self._timeline.refresh()
        growing = self._timeline.growing
        self._scanning = self._scanning or grown
        if grown or not growing:
            self._post(RecordingGrown(self._timeline.duration, growing=growing))

    def _find_anchor(self) -> None:
        with self._changed:
            if not self._anchors or self._is_urgent():
                return
            marker = self._anchors.popleft()
        screen = self._timeline.screen_at(marker.t)
        line = screen.scrollback_lines + screen.cursor.y
        text = screen.row_text(screen.cursor.y)[: screen.cursor.x]
        self._post(AnchorFound(Anchor(marker.id, screen.modes.alt_screen, line, text)))

    def _scan(self) -> None:
        """Scan a little, which makes later seeks fast, and report the activity."""
        self._scanning = self._timeline.scan_next()
        now = time.monotonic()
        if not self._scanning or now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            activity = self._timeline.activity()
            output = activity.output_bytes(ACTIVITY_PARTS, self._timeline.duration)
            self._post(ActivityScanned(output, list(activity.idle), activity.seq))
