"""Many events at once, from a library inside the recorded program.

A connection that asks for the operation ``stream`` gets a thread of its own and sends batches from then on:
``u32`` length, then a batch as in a recording (docs/format.md) with times in ns since the recording's
start, which the reply tells on the monotonic clock. It ends its side when it is done, and waits until
ours ends.
"""

from __future__ import annotations

import json
import socket
import threading
import time

from agentrec.errors import AgentrecError
from agentrec.recording.format import batch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.recording.sink import EventSink

MAX_STREAMS = 16
MAX_BATCH_BYTES = 32 << 20
_DRAIN_SECONDS = 2.0
_ROOM_SECONDS = 0.002
# Tracks that only the recorder itself makes events of, see agentrec.capture.control.external_events.
RESERVED = frozenset({"term", "mark", "fs"})


class EventStreams:
    """The streams of one recording. ``sink`` masks and writes, ``clock()`` gives ns since the start."""

    def __init__(self, sink: EventSink, clock: Callable[[], int]) -> None:
        self._sink, self._clock = sink, clock
        self._threads: list[threading.Thread] = []
        self._connections: set[socket.socket] = set()
        self._closing = False
        self.refused = 0

    def take(self, connection: socket.socket) -> None:
        """Serve ``connection`` from now on, in a thread."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MAX_STREAMS:
            connection.close()
            return
        connection.settimeout(None)
        self._connections.add(connection)
        thread = threading.Thread(
            target=self._serve, args=(connection,), name="agentrec-stream", daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def close(self) -> None:
        """Take what has been sent, and end: the program has ended, or does not end its side in time."""
        self._closing = True
        deadline = time.monotonic() + _DRAIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its thread has just ended

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                for body in batches(connection, self._sink):
                    self._wait_for_room()
                    self.refused += add_events(body, self._sink, self._clock())
        except (OSError, AgentrecError, ValueError):
            self.refused += 1
        finally:
            self._connections.discard(connection)

    def _wait_for_room(self) -> None:
        while self._sink.room <= 0 and not self._sink.failure and not self._closing:
            time.sleep(_ROOM_SECONDS)


def batches(connection: socket.socket, sink: EventSink) -> Iterator[bytes]:
    """The batches that come, until the other side ends. An empty one asks to be told when all is written."""
    while header := _exactly(connection, 4):
        length = int.from_bytes(header, "little")
        if length > MAX_BATCH_BYTES:
            raise ValueError(length)
        if length:
            yield _exactly(connection, length)
        else:
            sink.flush()
            connection.sendall(b".")


def add_events(body: bytes, sink: EventSink, now: int, reserved: frozenset[str] = RESERVED) -> int:
    """Add the events of a batch, none later than ``now`` ns; returns how many are not allowed."""
    events = []
    refused = 0
    for t, kind, payload in batch.decode(body)[1] if body else ():
        name = _name(payload, reserved) if kind == batch.JSON else ""
        if name:
            events.append((min(t, now), payload, name))
        else:
            refused += 1
    sink.encoded_events(events)
    return refused


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        data = connection.recv(min(length - len(received), 1 << 20))
        if not data:
            return b""
        received += data
    return bytes(received)


def _name(payload: bytes, reserved: frozenset[str]) -> str:
    """``track/kind`` of an event that a library may add; empty for any other."""
    try:
        body = json.loads(payload)
        track, kind = body["track"], body["kind"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    fits = isinstance(track, str) and isinstance(kind, str) and track not in reserved
    return f"{track}/{kind}" if fits and track.isascii() and track.isalpha() else ""
