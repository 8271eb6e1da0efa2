"""Finds out in the background what there is to show beside the screen: points, events, errors."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.follow import Follower
from agentrec.recording.markers import Point, points, to_point
from agentrec.recording.reader import Recording
from agentrec.tui.draw.event_items import Item, is_error, of_event
from agentrec.tui.playback.screen_worker import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentrec.recording.events import Event

_POLL_SECONDS = 0.2  # seconds between looks at a recording that is being written
_BATCH_EVENTS = 2000  # events after which a first part is told
MAX_ITEMS = 50_000


class Found(NamedTuple):
    """All that is known so far, in order of time. ``errors``: times in ns; ``damage``: unreadable
    bytes; ``torn``: nobody ended the file; ``done``: everything was read."""

    points: list[Point]
    items: list[Item]
    errors: list[int]
    damage: int
    torn: bool
    done: bool


class EventLoader:
    """Reads the recording at ``path`` in a thread with a file of its own; tells ``deliver``."""

    def __init__(self, path: str, deliver: Callable[[object], None]) -> None:
        self._path = path
        self._deliver = deliver
        self._points: list[Point] = []
        self._items: list[Item] = []
        self._errors: list[int] = []
        self._damage = 0
        self._torn = False
        self._again = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="scout", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_again(self) -> None:
        """The file was added to."""
        self._again.set()

    def close(self) -> None:
        self._closing = True
        self._again.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            with Recording.open(self._path) as recording:
                live = recording.live
            if live:
                self._follow()
            while not self._closing:
                self._read()
                self._again.wait()
                self._again.clear()
        except Exception as error:  # noqa: BLE001 - said aloud; the player goes on without
            self._deliver(Trouble(str(error) or repr(error)))

    def _read(self) -> None:
        self._items, self._errors = [], []
        with Recording.open(self._path) as recording:
            self._points = points(recording)
            self._tell()
            others = set(recording.index.counts) - {"term/output", "term/input", "mark/moment"}
            if others:
                tracks = {name.partition("/")[0] for name in others}
                self._take(recording.events(tracks=tracks))
            self._torn = not recording.ended and not recording.live
            for _ in recording.frames():  # every checksum: damage shows nowhere else
                if self._closing:
                    return
            self._damage = sum(item.length for item in recording.damage)
        self._tell(done=True)

    def _follow(self) -> None:
        follower = Follower(self._path)
        told = False
        try:
            while not (self._closing or follower.done):
                events = follower.read()
                self._points += [point for event in events if (point := to_point(event))]
                self._take(events)
                if events or not told:
                    self._tell(done=True)
                    told = True
                else:
                    self._again.wait(_POLL_SECONDS)
                    self._again.clear()
        finally:
            follower.close()

    def _take(self, events: Iterable[Event]) -> None:
        for number, event in enumerate(events, 1):
            item = of_event(event)
            if item and len(self._items) < MAX_ITEMS:
                self._items.append(item)
            if is_error(event):
                self._errors.append(event.t)
            if number % _BATCH_EVENTS == 0 and item:
                self._tell()
            if self._closing:
                return

    def _tell(self, *, done: bool = False) -> None:
        lists = [*self._points], [*self._items], [*self._errors]
        self._deliver(Found(*lists, self._damage, self._torn, done))
