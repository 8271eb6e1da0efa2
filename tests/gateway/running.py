"""A gateway for tests, as the recorder runs it, and servers that answer with the bytes they are told."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from agentrec.gateway.companion import ModelCallsCompanion
from agentrec.recording.events import Event

WAIT_SECONDS = 20.0


class Server:
    """Listens on loopback; each connection is handled by ``handle`` in a thread of its own."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self._handle = handle
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._handle(connection)
            except OSError:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    """A handler that gives these answers to the requests of a connection, then closes it."""

    def handle(connection: socket.socket) -> None:
        for answer in answers:
            if not read_request(connection):
                return
            connection.sendall(answer)

    return handle


def read_request(connection: socket.socket) -> bytes:
    """A request with a Content-Length, or none."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + body


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class Gateway:
    """A running gateway in front of ``url``; ``base`` is the address for the client."""

    def __init__(self, url: str, *, mask_secrets: bool = True, **env: str) -> None:
        self.events: list[Event] = []
        self.companion = ModelCallsCompanion(["program"], mask_secrets=mask_secrets)
        given = {**os.environ, "ANTHROPIC_BASE_URL": url, **env}
        _, made = self.companion.prepare(["program"], given, "/")
        self.env = made
        self.base = urlsplit(made["ANTHROPIC_BASE_URL"])
        self.pid = self.companion._pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _emit(self, track: str, kind: str, data: Any, **links: Any) -> int:
        self.events.append(Event(len(self.events), 0, track, kind, data, **links))
        return len(self.events) - 1

    def _run(self) -> None:
        self.companion.start(self._emit, 0)
        while not self._done.is_set() and self.companion.tick() is not None:
            pass

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; a second call does nothing."""
        if not self._done.is_set():
            self._done.set()
            self.companion.on_child_exit()
            self._thread.join()
            self.companion.stop()

    def connect(self) -> socket.socket:
        """A client's connection."""
        connection = socket.create_connection(("127.0.0.1", self.base.port or 0))
        connection.settimeout(WAIT_SECONDS)
        return connection

    def request(self, path: str, body: bytes = b"", *headers: str, method: str = "POST") -> bytes:
        """The bytes of a request."""
        lines = [f"{method} {self.base.path}{path} HTTP/1.1", f"Host: {self.base.netloc}"]
        lines += [*headers, f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    def ask(self, path: str, body: bytes = b"", *headers: str, method: str = "POST") -> bytes:
        """Send one request and return all bytes until the connection ends."""
        with self.connect() as connection:
            connection.sendall(self.request(path, body, *headers, method=method))
            return read_all(connection)

    def wait_for(self, kind: str, number: int = 1) -> list[Event]:
        """The events of a kind, once there are so many."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found := self.of(kind)) < number:
            assert time.monotonic() < deadline, f"{kind}: {found}"
            time.sleep(0.01)
        return found

    def of(self, kind: str) -> list[Event]:
        """The events of a kind so far."""
        return [event for event in self.events if f"{event.track}/{event.kind}" == kind]


def read_all(connection: socket.socket) -> bytes:
    """Everything until the end, which may be a reset."""
    data = b""
    while True:
        try:
            piece = connection.recv(1 << 20)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece
