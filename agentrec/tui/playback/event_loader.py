"""Loads what is shown beside the screen, in the background: markers, events, errors, spans."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agentrec.recording.events import BYTE_KINDS
from agentrec.recording.follow import Follower
from agentrec.recording.markers import list_markers, to_marker
from agentrec.recording.reader import Recording
from agentrec.report.spans import SpanList
from agentrec.tui.draw.event_items import of_event
from agentrec.tui.playback.messages import EventsLoaded, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.message import Message

    from agentrec.recording.events import Event
    from agentrec.recording.markers import Marker
    from agentrec.tui.draw.event_items import Item

_POLL_SECONDS = 0.2  # of a recording that is being written
_BATCH_EVENTS = 2000  # between two reports
MAX_ITEMS = 50_000


class EventLoader:
    """Reads the recording at ``path`` in a thread, through a file of its own; reports to ``post``.

    The thread lives as long as the player: a recording may grow, and marks may be added to it.
    """

    def __init__(self, path: str, post: Callable[[Message], object]) -> None:
        self._path = path
        self._post = post
        self._markers: list[Marker] = []
        self._items: list[Item] = []
        self._errors: list[int] = []
        self._spans = SpanList()
        self._damage = 0
        self._torn = False
        self._changed = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def reload(self) -> None:
        """Read again: something was added to the file."""
        self._changed.set()

    def close(self) -> None:
        self._closing = True
        self._changed.set()
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
                self._changed.wait()
                self._changed.clear()
        except Exception as error:  # noqa: BLE001 - reported; the player goes on without
            self._post(TaskFailed(str(error) or repr(error)))

    def _read(self) -> None:
        self._items, self._errors, self._spans = [], [], SpanList()
        with Recording.open(self._path) as recording:
            self._markers = list_markers(recording)
            self._report()
            others = set(recording.index.counts) - {*map("/".join, BYTE_KINDS), "mark/moment"}
            if others:
                tracks = {name.partition("/")[0] for name in others}
                self._add(recording.events(tracks=tracks))
            self._torn = not recording.ended and not recording.live
            for _ in recording.frames():  # checks every checksum: nothing else finds all damage
                if self._closing:
                    return
            self._damage = sum(item.length for item in recording.damage)
        self._report(done=True)

    def _follow(self) -> None:
        follower = Follower(self._path)
        reported = False
        try:
            while not (self._closing or follower.done):
                events = follower.read()
                self._markers += [marker for event in events if (marker := to_marker(event))]
                self._add(events)
                if events or not reported:
                    self._report(done=True)
                    reported = True
                else:
                    self._changed.wait(_POLL_SECONDS)
                    self._changed.clear()
        finally:
            follower.close()

    def _add(self, events: Iterable[Event]) -> None:
        for number, event in enumerate(events, 1):
            self._spans.add(event)
            item = of_event(event)
            if item and len(self._items) < MAX_ITEMS:
                self._items.append(item)
            if item and item.role == "error":
                self._errors.append(event.t)
            if number % _BATCH_EVENTS == 0 and item:
                self._report()
            if self._closing:
                return

    def _report(self, *, done: bool = False) -> None:
        items = sorted(self._items, key=lambda item: item.t)  # a note may have been added later
        lists = [*self._markers], items, [*self._errors], [*self._spans.spans]
        self._post(EventsLoaded(*lists, damage=self._damage, torn=self._torn, done=done))
