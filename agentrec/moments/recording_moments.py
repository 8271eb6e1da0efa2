"""The moments of a recording, live or old: events are rendered, and their lines handed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.moments.detector import Teller
from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.terminal.screen_transcript import ScreenTranscript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.moments.commands import Command
    from agentrec.moments.detector import Moment
    from agentrec.moments.osc7501 import Wait
    from agentrec.recording.events import Event

_MARK = re.compile(rb"(?=\x1b\]133;[CD])")
LOOK = 250_000_000  # ns between looks at what is on screen


class Watch:
    """Feed a recording's events in order, take moments and commands.

    Raises InputError for a first size that cannot be shown, EngineMissingError where screens cannot.
    """

    def __init__(self, cols: int, rows: int) -> None:
        self._transcript = ScreenTranscript(cols, rows)
        self._teller = Teller()
        self._looked = self._t = 0
        self._shown: set[tuple[int, str]] = set()  # lines that were handed over and are on screen

    def feed(self, event: Event) -> None:
        """The next event."""
        if event.t - self._looked >= LOOK:
            self.look(event.t)
        self._t = event.t
        if event.name == OUTPUT and isinstance(event.data, bytes):
            self._output(event, event.data)
            return
        self._teller.event(event)
        if event.name == RESIZE and isinstance(event.data, dict):
            self._lines(self._transcript.resize(event.t, event.data["cols"], event.data["rows"]))

    def skip(self, event: Event) -> None:
        """The next event, when there is no time to render what it shows: its lines are not seen."""
        self._t = event.t
        self._teller.event(event)

    def _output(self, event: Event, data: bytes) -> None:
        """What a command has written is looked at before the next thing that its shell does."""
        for piece in _MARK.split(data):
            before = self._teller.marks
            self._teller.event(event._replace(data=piece))
            if self._teller.marks != before:
                self.look(event.t, complete=True)
            self._lines(self._transcript.feed(event.t, piece))

    def look(self, t: int, *, complete: bool = False) -> None:
        """Nothing has come until ``t``: take what is on screen."""
        self._looked = t
        shown = self._transcript.shown(t, complete=complete)
        self._lines(shown)
        self._shown = set(shown)
        self._teller.settle(t)

    def finish(self) -> None:
        """The recording has ended."""
        self._lines(self._transcript.finish(self._t))
        self._teller.finish(self._t)

    def take(self) -> tuple[list[Moment], list[Command]]:
        """Moments and commands since the last time."""
        commands, self._teller.commands = self._teller.commands, []
        return self._teller.take(), commands

    def waits(self) -> list[Wait]:
        """Where an agent told its terminal that it waits for its user, since the last time."""
        waits, self._teller.waits = self._teller.waits, []
        return waits

    def _lines(self, lines: list[tuple[int, str]]) -> None:
        for line in lines:
            if line not in self._shown:
                self._teller.line(*line)


def moments(events: Iterable[Event], cols: int, rows: int) -> Iterator[Moment]:
    """The moments of any recording, given its events and its first size.

    For imported and old recordings; moments that stand in the events already are not looked at.
    """
    watch = Watch(cols, rows)
    for event in events:
        watch.feed(event)
        yield from watch.take()[0]
    watch.finish()
    yield from watch.take()[0]
