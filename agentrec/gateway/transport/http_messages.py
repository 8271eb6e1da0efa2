"""Where a message of HTTP/1.1 begins and ends in the bytes that pass: heads rewritten, bodies only measured.

h11 does the reading. What it does not understand still passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import h11

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_HEAD_BYTES = 256 << 10
Headers = list[tuple[str, str]]


class BadMessageError(Exception):
    """What came is not HTTP/1.1."""


class RequestHead(NamedTuple):
    """The head of a request, and the bytes it was."""

    method: str
    target: str
    headers: Headers
    raw: bytes

    def rewritten(self, target: str, host: str, more: Headers) -> bytes:
        """The head for the server that it goes to; every other byte as it was."""
        lines = self.raw.split(b"\r\n")
        version = lines[0].rsplit(b" ", 1)[-1]
        lines[0] = b" ".join((self.method.encode("latin-1"), target.encode("latin-1"), version))
        for index, line in enumerate(lines):
            if line[:5].lower() == b"host:":
                lines[index] = b"Host: " + host.encode("latin-1")
        lines[1:1] = [f"{name}: {value}".encode("latin-1") for name, value in more]
        return b"\r\n".join(lines)


class RequestReader:
    """Follows one request. ``finished`` once its last byte has passed."""

    def __init__(self, raw_head: bytes) -> None:
        self._connection = h11.Connection(h11.SERVER, MAX_HEAD_BYTES)
        try:
            self._connection.receive_data(raw_head)
            event = self._connection.next_event()
        except h11.RemoteProtocolError as error:
            raise BadMessageError(str(error)) from None
        if not isinstance(event, h11.Request):
            raise BadMessageError("no request")
        self.head = RequestHead(
            event.method.decode("latin-1"),
            event.target.decode("latin-1"),
            _decoded(event.headers),
            raw_head,
        )
        self.finished = False
        self.feed(b"")

    def feed(self, data: bytes) -> bytes:
        """Bytes of the body passed; returns what of them is content."""
        if data:
            self._connection.receive_data(data)
        content = b""
        while True:
            try:
                event = self._connection.next_event()
            except h11.RemoteProtocolError as error:
                raise BadMessageError(str(error)) from None
            if isinstance(event, h11.Data):
                content += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self.finished = True
                return content
            else:
                return content


class Progress(NamedTuple):
    """What some bytes of an answer were."""

    head: tuple[int, Headers] | None = None
    content: bytes = b""


class ResponseReader:
    """Follows the answer to one request.

    ``finished``: its last byte has passed. ``switched``: the connection speaks another protocol now, and
    ``rest`` are its first bytes. ``keeps_open``: the connection can take another request.
    """

    def __init__(self, request: RequestHead) -> None:
        self._connection = h11.Connection(h11.CLIENT, MAX_HEAD_BYTES)
        headers = [("host", "server")]
        if any(name == "upgrade" for name, _ in request.headers):
            headers += [("connection", "upgrade"), ("upgrade", "websocket")]
        self._connection.send(h11.Request(method=request.method, target="/", headers=headers))
        self._connection.send(h11.EndOfMessage())
        self.finished = self.switched = False
        self.rest = b""

    @property
    def keeps_open(self) -> bool:
        return self._connection.their_state is h11.DONE

    def feed(self, data: bytes) -> Progress:
        """Bytes of the answer passed; nothing: the server closed. Raises BadMessageError."""
        try:
            self._connection.receive_data(data)
            return self._events()
        except h11.RemoteProtocolError as error:
            raise BadMessageError(str(error)) from None

    def _events(self) -> Progress:
        head, content = None, []
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Response):
                head = (event.status_code, _decoded(event.headers))
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == 101:
                    self.switched = True
                    self.rest = self._connection.trailing_data[0]
                    return Progress((101, _decoded(event.headers)))
            elif isinstance(event, h11.Data):
                content.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.finished = True
                return Progress(head, b"".join(content))
            else:
                return Progress(head, b"".join(content))


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
