"""A process that masks and writes the events of one run: neither may hold up the program.

It is started with a socket as its standard input. The first line says what to write and where, the
reply whether that is possible; then come events as in :mod:`agentrec.capture.control.event_stream`.
When the program has ended, in whatever way, the file is ended and packed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

from agentrec.capture.control.event_stream import add_events, batches
from agentrec.errors import AgentrecError
from agentrec.json_values import table, words
from agentrec.recording.writer import Writer

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import RecordingSink

# So much payload is packed at once; more is packed by another process.
_PACK_NOW_BYTES = 256 << 10
_RESERVED = frozenset({"term"})


def open_sink(request: JsonObject) -> RecordingSink:
    """The recording that ``request`` describes. Raises OutputError."""
    writer = Writer(
        str(request["path"]),
        table(request["header"]),
        overwrite=bool(request["overwrite"]),
        recipients=words(request["recipients"]),
    )
    if not request["redact"]:
        return writer
    from agentrec.redact.event_mask import EventMask

    return EventMask(writer)


def finish(sink: RecordingSink, session: str) -> None:
    """End the file, and see to it that it is packed and found again."""
    from agentrec.recording_registry import remember

    small = sink.written <= _PACK_NOW_BYTES
    sink.close(compact=small)
    if not small and sink.packable:
        _pack_later(sink.path)
    remember(session, sink.path, os.environ)


def _pack_later(path: str) -> None:
    from agentrec.recording import packing_queue

    try:
        packing_queue.add(path, os.environ)
        packing_queue.start_worker(os.environ)
    except (AgentrecError, OSError):
        return  # it stays as it is, which is whole


def serve(connection: socket.socket) -> None:
    """Write one recording."""
    with connection.makefile("rb", buffering=0) as lines:
        request = table(json.loads(lines.readline()))
    start = int(str(request["start_ns"]))
    try:
        sink = open_sink(request)
    except AgentrecError as error:
        _reply(connection, {"ok": False, "error": str(error)})
        return
    sink.start()
    _reply(connection, {"ok": True})
    try:
        for body in batches(connection, sink):
            add_events(body, sink, time.monotonic_ns() - start, _RESERVED)
    except (OSError, ValueError, AgentrecError):
        pass  # what came until then is kept
    finally:
        finish(sink, str(table(request["header"]).get("id", "")))


def _reply(connection: socket.socket, reply: JsonObject) -> None:
    try:
        connection.sendall(json.dumps(reply).encode() + b"\n")
    except OSError:
        return  # the program has ended; what it has sent is still written


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are meant for the program
    with socket.socket(fileno=0) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
