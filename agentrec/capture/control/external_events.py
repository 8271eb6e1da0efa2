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

from agentrec.capture.event_log import PAUSED
from agentrec.capture.throttle import TokenBucket
from agentrec.errors import AgentrecError
from agentrec.times import NS_PER_SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit
    from agentrec.capture.control.control_server import Operation, Reply, Request, Watch
    from agentrec.json_values import JsonObject

MAX_NOTE_CHARS = 16_000
MAX_LINK_CHARS = 200  # of a span, parent or actor
# Requests that are taken in the long run and at once; each 4 KB of one count as one.
REQUESTS_PER_SECOND = 500.0
BURST_REQUESTS = 2000.0
_BYTES_PER_REQUEST = 4096

_PIPE_READ_BYTES = 1 << 16
_PIPE_LINE_LIMIT_BYTES = 1 << 20
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
# What stands for bytes, or for points to go back to, is only made by the recorder itself.
_RESERVED = frozenset({"term", "mark", "fs"})


class RequestRefusedError(AgentrecError):
    """A request that is invalid or over the limits. The message says why."""


class ExternalEvents:
    """The operations ``event`` and ``note``.

    ``catch_up()`` makes sure that what the terminal showed before has been taken; ``clock()`` gives ns
    since the start.
    """

    def __init__(
        self, emit: Emit, clock: Callable[[], int], catch_up: Callable[[], object]
    ) -> None:
        self._emit, self._catch_up = emit, catch_up
        self._clock = clock
        self._bucket = TokenBucket(REQUESTS_PER_SECOND, BURST_REQUESTS, clock() / NS_PER_SECOND)
        self._over_limit = 0
        self._invalid = 0
        self.operations: dict[str, Operation] = {"event": self.event, "note": self.note}

    @property
    def dropped(self) -> int:
        """How many requests were refused: too many, or invalid."""
        return self._over_limit + self._invalid

    def event(self, request: Request) -> Reply:
        """Add ``track``, ``kind``, ``data``, and where given ``span``, ``parent`` and ``actor``."""
        track, kind, data = request.get("track"), request.get("kind"), request.get("data", {})
        for name, value in (("track", track), ("kind", kind)):
            if not isinstance(value, str) or not _NAME.fullmatch(value):
                raise self._refuse(f"{name} must be a short lowercase word")
        if track in _RESERVED:
            raise self._refuse(f"the track {track} is reserved for the recorder")
        if not isinstance(data, dict):
            raise self._refuse("data must be a JSON object")
        links = {name: _link(request.get(name)) for name in ("span", "parent", "actor")}
        return self._add(str(track), str(kind), data, **links)

    def note(self, request: Request) -> Reply:
        """Add a ``text`` worth remembering, and where given ``at_ns``, ``answers`` and ``source``."""
        text = request.get("text")
        if not isinstance(text, str) or not text.strip():
            raise self._refuse("the text of the note is empty")
        data: JsonObject = {"text": text.strip()[:MAX_NOTE_CHARS], "source": "cli"}
        for name in ("source", "answers"):
            if isinstance(given := request.get(name), str):
                data[name] = given[:MAX_LINK_CHARS]
        at = request.get("at_ns")
        if type(at) is int and 0 <= at <= self._clock():
            data["at_ns"] = at
        return self._add("mark", "note", data)

    def _add(self, track: str, kind: str, data: JsonObject, **links: str | None) -> Reply:
        cost = 1 + _approximate_bytes(data) / _BYTES_PER_REQUEST
        if not self._bucket.take(cost, self._clock() / NS_PER_SECOND):
            self._over_limit += 1
            raise RequestRefusedError("too many events in too short a time")
        self._catch_up()
        now = self._clock()
        seq = self._emit(track, kind, data, **links)
        if seq == PAUSED:
            return {"t": now, "seq": seq}
        if seq < 0:
            raise self._refuse("the event cannot be stored")
        return {"t": now, "seq": seq}

    def _refuse(self, why: str) -> RequestRefusedError:
        self._invalid += 1
        return RequestRefusedError(why)

    def count_invalid(self) -> None:
        """Something came that was not even a request."""
        self._invalid += 1


def _approximate_bytes(data: JsonObject) -> int:
    """About how many bytes this is; only strings can be long."""
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
    return str(value)[:MAX_LINK_CHARS] if isinstance(value, str | int) and value != "" else None


class EventPipe:
    """Takes requests as JSON lines from the named pipe that is open as ``fd``, without replies.

    A shell hands one over with its own ``printf``, which costs less than a millisecond. ``fd`` is open
    for writing too, so the pipe has no end.
    """

    def __init__(self, fd: int, external: ExternalEvents, watch: Watch) -> None:
        self._fd, self._external, self._watch = fd, external, watch
        self._received = bytearray()
        watch(fd, select.POLLIN, self._on_ready)

    def close(self) -> None:
        """Take what is there, and stop."""
        self._on_ready(0)
        self._watch(self._fd, 0, None)
        os.close(self._fd)

    def _on_ready(self, _events: int) -> None:
        try:
            self._received += os.read(self._fd, _PIPE_READ_BYTES)
        except OSError:  # nothing there
            return
        *lines, rest = bytes(self._received).split(b"\n")
        self._received[:] = rest if len(rest) <= _PIPE_LINE_LIMIT_BYTES else b""
        for line in lines:
            self._perform(line)

    def _perform(self, line: bytes) -> None:
        try:
            request = json.loads(line)
            operation = self._external.operations[request.get("op", "event")]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._external.count_invalid()
            return
        try:
            operation(request)
        except AgentrecError:
            return  # it is counted
