"""Moments and commands while recording, told by a reader of the file that is being written.

It holds nothing back and nothing up: what it reads is in the file, so it may lag behind while output
pours, and catches up when it is calm. Each moment names the time that it marks.
"""

from __future__ import annotations

import os
import re
import stat
import time

from agentrec.capture.throttle import Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from agentrec.capture.companion_host import Emit
    from agentrec.moments.recording_moments import Watch
    from agentrec.recording.events import Event
    from agentrec.recording.follow import Follower

    class Written(Protocol):
        """The recording's writer, as far as it matters here."""

        path: str

        @property
        def written(self) -> int: ...
        @property
        def pending(self) -> int: ...
        def flush(self) -> None: ...


FIRST = 1.0  # seconds before the first look: short runs are looked at when they have ended
LOOK_EVERY = 0.25  # seconds
SETTLED = 30  # looks without anything new after which there is nothing left to settle
CALM = 1 << 20  # bytes a second up to which output is calm
BEHIND = 64 << 10  # bytes waiting to be written with which the writer is busy
# Bytes of the file: what is farther behind, while recording and at the end, is not rendered; only the
# marks of shells are read.
TAIL, LAST_TAIL = 512 << 10, 96 << 10
PIECE = 64 << 10  # bytes of the file that are read at once
SHARE, BURST = 0.02, 0.5  # of a core, and seconds of one
# To catch up in when the recording ends: seconds of a core, and on a clock when others need it, too.
WORK, PATIENCE = 0.8, 4.0
LIMIT = 20_000  # moments and commands of one recording

# A short run is not rendered when nothing in its bytes hints at a moment.
_HINT = re.compile(
    rb"\x1b\](?:133|7501);|://|\d+ +(?:passed|failed|passing|tests?|examples?)|OK|FAIL|[Oo]k\s|[Ee]rror"
    rb"|\*\*\*|[Bb]uil[dt]|ompile|[Ff]inished|\] |->|nstalled|added|[Dd]one|listening|running"
    rb"|limit|Tests|Do you|Would you|llow "
)


class Narrator:
    """The companion that tells moments. It comes last: it works on what the others have told, too."""

    name = "moments"
    last = True

    def __init__(self, writer: Written) -> None:
        self._writer = writer
        self._emit: Emit | None = None
        self._follower: Follower | None = None
        self._watch: Watch | None = None
        self._seen = 0  # of what the writer had written when all of it was read
        self._t = 0  # of the last event
        self._heard = 0.0  # when it was read
        self._before = 0
        self._idle = 0
        self._told = self._dropped = self._missed = 0

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change."""
        return argv, env

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        """Nothing yet: see FIRST."""
        self._emit = emit
        self._pace = Pace(SHARE, BURST)
        self._begun = time.monotonic()

    def tick(self) -> float | None:
        """Look at what was written, unless it pours."""
        wait = FIRST - (time.monotonic() - self._begun)
        if wait > 0:
            return wait
        written = self._writer.written
        calm = written - self._before < CALM * LOOK_EVERY and self._writer.pending < BEHIND
        self._before = written
        if not written or not calm:
            return LOOK_EVERY
        if written == self._seen:
            self._rest_of_it()
        else:
            self._idle = 0
            self._read(lambda: self._pace.rest() > 0 or self._writer.pending > BEHIND)
        return max(LOOK_EVERY, self._pace.rest())

    def stop(self) -> None:
        """Catch up, if that is quickly done, and tell the rest."""
        if self._emit is None or not (self._writer.written or self._writer.pending):
            return
        self._writer.flush()
        deadline = time.monotonic() + PATIENCE
        if self._watch or self._hints(deadline):
            work = time.thread_time() + WORK
            self._read(lambda: time.thread_time() > work or time.monotonic() > deadline, LAST_TAIL)
            if self._watch:
                self._watch.finish()
                self._tell()
        if self._follower:
            self._missed += self._follower.behind
            self._follower.close()
        if self._missed:
            what = {"what": "output without a look for moments", "bytes": self._missed}
            self._emit("sys", "dropped", what)
        if self._dropped:
            self._emit("sys", "dropped", {"what": "moments", "count": self._dropped})

    def _rest_of_it(self) -> None:
        """Nothing new: what was shown last has stood for a while."""
        self._idle += 1
        if self._watch and self._idle <= SETTLED:
            since = int((time.monotonic() - self._heard) * 1e9)
            self._watch.look(self._t + since)
            self._tell()

    def _hints(self, deadline: float) -> bool:
        """Whether a short run has anything to render."""
        if self._writer.written > TAIL:
            return True
        from agentrec.recording.follow import Follower

        if not _readable(self._writer.path):
            return False
        follower = Follower(self._writer.path)
        try:
            while time.monotonic() < deadline:
                events = follower.read(PIECE)
                if not events:
                    return False
                for event in events:
                    if not isinstance(event.data, bytes):
                        if event.track in ("agent", "tool") or event.kind == "process":
                            return True
                    elif _HINT.search(event.data):
                        return True
        finally:
            follower.close()
        return True

    def _read(self, enough: Callable[[], bool], tail: int = TAIL) -> None:
        if not self._open():
            return
        assert self._follower
        assert self._watch
        while not enough():
            written = self._writer.written
            events = self._follower.read(PIECE)
            self._render(events, skip=self._follower.behind > tail)
            self._tell()
            if not events:
                self._seen = written
                return
            self._t, self._heard = events[-1].t, time.monotonic()

    def _render(self, events: list[Event], *, skip: bool) -> None:
        assert self._watch
        for event in events:
            if skip and isinstance(event.data, bytes):
                self._missed += len(event.data)
                self._watch.skip(event)
            else:
                self._watch.feed(event)

    def _open(self) -> bool:
        if self._watch:
            return True
        if not _readable(self._writer.path):
            return False
        # The recorder starts without all this.
        from agentrec.moments.recording_moments import Watch
        from agentrec.recording.follow import Follower

        self._follower = Follower(self._writer.path)
        self._watch = Watch(*self._follower.recording.size)
        return True

    def _tell(self) -> None:
        assert self._watch
        moments, commands = self._watch.take()
        for command in commands:
            data: dict[str, Any] = {
                "text": command.text,
                "cwd": command.cwd,
                "exit": command.exit,
                "duration_ms": round((command.ended - command.began) / 1e6, 3),
                "at_ns": command.began,
            }
            self._add("sys", "command", data, command.span)
        for wait in self._watch.waits():
            self._add("agent", "lifecycle", wait.as_data(), None, wait.app or None)
        for moment in sorted(moments):
            self._add("mark", "moment", moment.as_data(), moment.span)

    def _add(
        self,
        track: str,
        kind: str,
        data: dict[str, Any],
        span: str | None,
        actor: str | None = None,
    ) -> None:
        assert self._emit
        if self._told >= LIMIT:
            self._dropped += 1
            return
        self._told += 1
        self._emit(track, kind, data, span=span, actor=actor)


def _readable(path: str) -> bool:
    """A stream cannot be read back."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False
