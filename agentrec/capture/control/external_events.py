"""Events that come from outside while a recording runs: from hooks, the command line and libraries.

They come as requests on the control socket, or, without a reply and with next to no cost for the
sender, as lines in a named pipe. Either way nobody can forge what the terminal did, flood the
recording or hold up the terminal: what is too much is refused and counted.
"""

from __future__ import annotations

import json
import os
import re
import select

from agentrec.capture.throttle import TokenBucket
from agentrec.errors import AgentrecError
from agentrec.times import NS_PER_SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit
    from agentrec.capture.control.server import Operation, Reply, Request, Watch

TEXT_LIMIT = 16_000  # characters of a note
NAME_LIMIT = 200  # characters of a span, parent or actor
RATE = 500.0  # requests a second that are taken in the long run; each 4 KB of one count as one
BURST = 2000.0  # requests that are taken at once
_BYTES = 4096

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
# What stands for bytes, or for points to go back to, is only made by the recorder itself.
_RESERVED = frozenset({"term", "mark", "fs"})


class RefusedError(AgentrecError):
    """A request that makes no sense or is too much. The message says why."""


class Live:
    """The operations ``event`` and ``note``.

    ``first()`` makes sure that what the terminal showed before has been taken; ``clock()`` gives ns
    since the start.
    """

    def __init__(self, emit: Emit, clock: Callable[[], int], first: Callable[[], object]) -> None:
        self._emit, self._first = emit, first
        self._clock = clock
        self._bucket = TokenBucket(RATE, BURST, clock() / NS_PER_SECOND)
        self._refused = 0
        self._broken = 0
        self.operations: dict[str, Operation] = {"event": self.event, "note": self.note}

    @property
    def dropped(self) -> int:
        """How many requests were refused: too many, or not understood."""
        return self._refused + self._broken

    def event(self, request: Request) -> Reply:
        """Add ``track``, ``kind``, ``data``, and where given ``span``, ``parent`` and ``actor``."""
        track, kind, data = request.get("track"), request.get("kind"), request.get("data", {})
        for name, value in (("track", track), ("kind", kind)):
            if not isinstance(value, str) or not _NAME.fullmatch(value):
                raise self._refuse(f"{name} must be a short lower-case word")
        if track in _RESERVED:
            raise self._refuse(f"the track {track} is the recorder's own")
        if not isinstance(data, dict):
            raise self._refuse("data must be a JSON object")
        links = {name: _link(request.get(name)) for name in ("span", "parent", "actor")}
        return self._add(str(track), str(kind), data, **links)

    def note(self, request: Request) -> Reply:
        """Add a ``text`` somebody wanted to remember."""
        text = request.get("text")
        if not isinstance(text, str) or not text.strip():
            raise self._refuse("a note needs a text")
        return self._add("mark", "note", {"text": text.strip()[:TEXT_LIMIT], "source": "cli"})

    def _add(self, track: str, kind: str, data: Request, **links: str | None) -> Reply:
        if not self._bucket.take(1 + _weight(data) / _BYTES, self._clock() / NS_PER_SECOND):
            self._refused += 1
            raise RefusedError("too many events in too short a time")
        self._first()
        now = self._clock()
        seq = self._emit(track, kind, data, **links)
        if seq < 0:
            raise self._refuse("the event cannot be stored")
        return {"t": now, "seq": seq}

    def _refuse(self, why: str) -> RefusedError:
        self._broken += 1
        return RefusedError(why)

    def broken(self) -> None:
        """Something came that was not even a request."""
        self._broken += 1


def _weight(data: Request) -> int:
    """About how many bytes this is; texts are all that can be long."""
    total = 0
    rest: list[object] = [data]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest.extend(value.values())
            total += 8 * len(value)
        elif isinstance(value, list):
            rest.extend(value)
            total += len(value)
        elif isinstance(value, str):
            total += len(value)
    return total


def _link(value: object) -> str | None:
    return str(value)[:NAME_LIMIT] if isinstance(value, str | int) and value != "" else None


class Inlet:
    """Takes requests as JSON lines from the named pipe that is open as ``fd``, without replies.

    A shell hands one over with its own ``printf``, which costs less than a millisecond. ``fd`` is open
    for writing too, so the pipe has no end.
    """

    def __init__(self, fd: int, live: Live, watch: Watch) -> None:
        self._fd, self._live, self._watch = fd, live, watch
        self._heard = bytearray()
        watch(fd, select.POLLIN, self._on_ready)

    def close(self) -> None:
        """Take what is there, and stop."""
        self._on_ready(0)
        self._watch(self._fd, 0, None)
        os.close(self._fd)

    def _on_ready(self, _events: int) -> None:
        try:
            self._heard += os.read(self._fd, 1 << 16)
        except OSError:  # nothing there
            return
        *lines, rest = bytes(self._heard).split(b"\n")
        self._heard[:] = rest if len(rest) <= 1 << 20 else b""
        for line in lines:
            self._perform(line)

    def _perform(self, line: bytes) -> None:
        try:
            request = json.loads(line)
            operation = self._live.operations[request.get("op", "event")]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._live.broken()
            return
        try:
            operation(request)
        except AgentrecError:
            return  # it is counted
