"""The moments of a recording, live or old: events are rendered, and their lines handed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.moments.detector import MomentDetector
from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.terminal.screen_transcript import ScreenTranscript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.moments.detector import Moment
    from agentrec.moments.osc7501 import AgentWait
    from agentrec.moments.shell_commands import ShellCommand
    from agentrec.recording.events import Event

_MARK = re.compile(rb"(?=\x1b\]133;[CD])")
LOOK_EVERY_NS = 250_000_000


class MomentWatcher:
    """Feed a recording's events in order, take moments and commands.

    Raises InputError for a first size that cannot be shown, EngineMissingError where screens cannot.
    """

    def __init__(self, cols: int, rows: int) -> None:
        self._transcript = ScreenTranscript(cols, rows)
        self._detector = MomentDetector()
        self._looked_at = self._t = 0
        self._shown: set[tuple[int, str]] = set()  # lines that were handed over and are on screen

    @property
    def has_shell_marks(self) -> bool:
        """Whether a shell has marked its commands so far."""
        return self._detector.marks > 0

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if event.t - self._looked_at >= LOOK_EVERY_NS:
            self.look(event.t)
        self._t = event.t
        if event.name == OUTPUT and isinstance(event.data, bytes):
            self._output(event, event.data)
            return
        self._detector.event(event)
        if event.name == RESIZE and isinstance(event.data, dict):
            self._lines(self._transcript.resize(event.t, event.data["cols"], event.data["rows"]))

    def skip(self, event: Event) -> None:
        """Take the next event without rendering it, to save time: its lines are not seen."""
        self._t = event.t
        self._detector.event(event)

    def _output(self, event: Event, data: bytes) -> None:
        """Output of a command is looked at before the next mark of its shell."""
        for piece in _MARK.split(data):
            before = self._detector.marks
            self._detector.event(event._replace(data=piece))
            if self._detector.marks != before:
                self.look(event.t, complete=True)
            self._lines(self._transcript.feed(event.t, piece))

    def look(self, t: int, *, complete: bool = False) -> None:
        """Look at the screen as it is at ``t``."""
        self._looked_at = t
        shown = self._transcript.shown(t, complete=complete)
        self._lines(shown)
        self._shown = set(shown)
        self._detector.settle(t)

    def finish(self) -> None:
        """The recording has ended."""
        self._lines(self._transcript.finish(self._t))
        self._detector.finish(self._t)

    def take(self) -> tuple[list[Moment], list[ShellCommand]]:
        """Moments and commands since the last call."""
        commands, self._detector.commands = self._detector.commands, []
        return self._detector.take(), commands

    def waits(self) -> list[AgentWait]:
        """Where an agent reported to its terminal that it waits for its user, since the last call."""
        waits, self._detector.waits = self._detector.waits, []
        return waits

    def _lines(self, lines: list[tuple[int, str]]) -> None:
        for line in lines:
            if line not in self._shown:
                self._detector.line(*line)


def recording_moments(events: Iterable[Event], cols: int, rows: int) -> Iterator[Moment]:
    """The moments of any recording, given its events and its first size.

    For imported and old recordings; moments among the events are ignored.
    """
    watch = MomentWatcher(cols, rows)
    for event in events:
        watch.feed(event)
        yield from watch.take()[0]
    watch.finish()
    yield from watch.take()[0]
