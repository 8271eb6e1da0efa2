"""Reads a recording while it grows, and adds the moments and commands it finds to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agentrec.moments.recording_moments import MomentWatcher
from agentrec.recording.follow import Follower
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit
    from agentrec.json_values import JsonObject
    from agentrec.moments.shell_commands import ShellCommand
    from agentrec.recording.events import Event
    from agentrec.recording.sink import RecordingSink

_READ_BYTES = 64 << 10  # of the file, at once
MAX_EVENTS = 20_000  # moments and commands that are added to one recording


class MomentReader:
    """Adds with ``emit`` what it finds in the file of ``writer``.

    ``caught_up_at`` is what the writer had written when all of it was read, ``added`` how many moments and
    commands there are so far. Raises InputError and FormatError for a file that cannot be read,
    EngineMissingError where screens cannot be rendered.
    """

    def __init__(self, writer: RecordingSink, emit: Emit) -> None:
        self._writer, self._emit = writer, emit
        self._follower = Follower(writer.path)
        try:
            self._watch = MomentWatcher(*self._follower.recording.size)
        except BaseException:
            self._follower.close()
            raise
        self.caught_up_at = 0
        self._last_t = 0
        self._read_at = 0.0
        self._skipped_bytes = 0
        self.added = self._dropped = 0

    def read(self, enough: Callable[[], bool], tail_bytes: int, *, exact: bool = False) -> None:
        """Read on, until there is no more or it is ``enough``.

        Of what is farther behind in the file than ``tail_bytes`` only the marks of shells are read, with
        ``exact`` also in the chunk where that begins: a megabyte, when output poured.
        """
        while not enough():
            written = self._writer.written
            events = self._follower.read(_READ_BYTES)
            if self._follower.behind > tail_bytes:
                self._skip(events)
            else:
                first = _start_of_tail(events, tail_bytes) if exact else 0
                self._skip(events[:first])
                self._feed(events[first:])
            self._add_found()
            if not events:
                self.caught_up_at = written
                return
            self._last_t, self._read_at = events[-1].t, time.monotonic()

    def skip_to_end(self, size: int) -> bool:
        """Leave out what is farther than about ``size`` bytes from the end, unless a shell sets marks.

        Whether there was something to leave out.
        """
        if self._watch.has_shell_marks or self._follower.behind <= size:
            return False
        self._skipped_bytes += self._follower.skip_to_end(size)
        return True

    def settle(self) -> None:
        """Nothing new has come: what was shown last has been on screen for a while."""
        since = int((time.monotonic() - self._read_at) * NS_PER_SECOND)
        self._watch.look(self._last_t + since)
        self._add_found()

    def finish(self) -> None:
        """The recording has ended: add the rest, and what was left out."""
        self._watch.finish()
        self._add_found()
        skipped = self._skipped_bytes + self._follower.behind
        self._follower.close()
        if skipped:
            what = "output not searched for marks"
            self._emit("sys", "dropped", {"what": what, "bytes": skipped})
        if self._dropped:
            self._emit("sys", "dropped", {"what": "marks", "count": self._dropped})

    def _feed(self, events: list[Event]) -> None:
        for event in events:
            self._watch.feed(event)

    def _skip(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event.data, bytes):
                self._skipped_bytes += len(event.data)
                self._watch.skip(event)
            else:
                self._watch.feed(event)

    def _add_found(self) -> None:
        moments, commands = self._watch.take()
        for command in commands:
            self._add("sys", "command", _command_data(command), command.span)
        for wait in self._watch.waits():
            self._add("agent", "lifecycle", wait.as_data(), None, wait.app or None)
        for moment in sorted(moments):
            self._add("mark", "moment", moment.as_data(), moment.span)

    def _add(
        self, track: str, kind: str, data: JsonObject, span: str | None, actor: str | None = None
    ) -> None:
        if self.added >= MAX_EVENTS:
            self._dropped += 1
            return
        self.added += 1
        self._emit(track, kind, data, span=span, actor=actor)


def _start_of_tail(events: list[Event], size: int) -> int:
    """The index of the first of the last events that have at least ``size`` bytes in all."""
    left = size
    for index in range(len(events) - 1, -1, -1):
        data = events[index].data
        left -= len(data) if isinstance(data, bytes) else 0
        if left <= 0:
            return index
    return 0


def _command_data(command: ShellCommand) -> JsonObject:
    return {
        "text": command.text,
        "cwd": command.cwd,
        "exit": command.exit,
        "duration_ms": round((command.ended - command.began) / NS_PER_MS, 3),
        "at_ns": command.began,
    }
