"""The control socket of a running recording: one JSON object a line in, one a line out.

``{"op": "mark", "label": "..."}`` sets a mark, ``{"op": "status"}`` describes the recording, and
:mod:`agentrec.capture.control.external_events` adds events; more operations are more entries in
the dict that the recorder hands over. Replies hold ``"ok"`` and, when that is false, ``"error"``.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct

from agentrec.errors import AgentrecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.json_values import JsonObject

    Request = JsonObject
    Reply = JsonObject
    Operation = Callable[[Request], Reply]
    Watch = Callable[[int, int, Callable[[int], None] | None], None]

LINE_LIMIT_BYTES = 1 << 20
MAX_CLIENTS = 16
# Read from one client in one go: the terminal comes first.
_READ_BYTES = 16 << 10


class ControlServer:
    """Serves ``operations`` on the socket ``path`` from the recorder's own loop.

    ``watch(fd, events, handler)`` registers with that loop, a handler of None unregisters. No client
    can hold it up: everything is non-blocking, and a client that sends too much or takes no reply is
    dropped.
    """

    def __init__(
        self,
        listener: int,
        path: str,
        operations: dict[str, Operation],
        watch: Watch,
        take_stream: Callable[[socket.socket], None] | None = None,
    ) -> None:
        """``listener`` is the descriptor of the socket at ``path``, see ``socket_dir.listen``.

        ``take_stream`` gets a connection once it has asked to ``stream``.
        """
        self.path = path
        self._take_stream = take_stream
        self._operations = operations
        self._watch = watch
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self._listener = socket.socket(fileno=listener)
        self._listener.setblocking(False)
        watch(self._listener.fileno(), select.POLLIN, self._accept)

    def close(self) -> None:
        for fd in list(self._clients):
            self._drop(fd)
        self._watch(self._listener.fileno(), 0, None)
        self._listener.close()
        try:
            os.unlink(self.path)
        except OSError:
            return

    def _accept(self, _events: int) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if not _same_user(client):
            client.close()
            return
        client.setblocking(False)
        if len(self._clients) >= MAX_CLIENTS:
            self._drop(next(iter(self._clients)))
        fd = client.fileno()
        self._clients[fd] = (client, bytearray())
        self._watch(fd, select.POLLIN, lambda _: self._serve(fd))

    def _serve(self, fd: int) -> None:
        client, received = self._clients[fd]
        try:
            data = client.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        received += data
        while fd in self._clients and b"\n" in received:
            line, _, rest = bytes(received).partition(b"\n")
            received[:] = rest
            self._reply(fd, self._perform(line))
            if (
                self._take_stream
                and b'"stream"' in line
                and _asks_to_stream(line)
                and fd in self._clients
            ):
                self._clients.pop(fd)
                self._watch(fd, 0, None)
                self._take_stream(client)
                return
        if not data or len(received) > LINE_LIMIT_BYTES:
            self._drop(fd)

    def _perform(self, line: bytes) -> Reply:
        try:
            request = json.loads(line)
            operation = self._operations[request["op"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {
                "ok": False,
                "error": f"unknown operation: use one of {', '.join(self._operations)}",
                "unknown": True,
            }
        try:
            return {"ok": True, **operation(request)}
        except AgentrecError as error:
            return {"ok": False, "error": str(error)}

    def _reply(self, fd: int, reply: Reply) -> None:
        line = json.dumps(reply).encode() + b"\n"
        try:
            sent = self._clients[fd][0].send(line)
        except OSError:
            sent = 0
        if sent < len(line):
            self._drop(fd)

    def _drop(self, fd: int) -> None:
        client, _ = self._clients.pop(fd, (None, None))
        if client:
            self._watch(fd, 0, None)
            client.close()


def _asks_to_stream(line: bytes) -> bool:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(request, dict) and request.get("op") == "stream"


def _same_user(client: socket.socket) -> bool:
    """Whether the peer is our user, or root. Where that is unknown, the 0700 directory has to do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    packed = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", packed)[1] in (os.getuid(), 0)
