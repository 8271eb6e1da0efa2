"""Calls over one WebSocket: a request is a message of the client, its answer the messages until the last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.gateway.transport.exchange import Exchange
from agentrec.gateway.transport.http_messages import Headers
from agentrec.gateway.transport.web_socket_messages import MessageReader
from agentrec.json_values import JsonObject, text

if TYPE_CHECKING:
    from agentrec.gateway.transport.tap import Tap

REQUEST = "response.create"
LAST = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})


class WebSocketTap:
    """Follows both directions of a connection that ``opening`` opened; one call at a time."""

    def __init__(self, tap: Tap, opening: Exchange) -> None:
        self._tap, self._opening = tap, opening
        chosen = dict(opening.response_headers).get("sec-websocket-extensions", "")
        self._sent = MessageReader(chosen, from_client=True)
        self._received = MessageReader(chosen, from_client=False)
        self._call: Exchange | None = None

    def from_client(self, data: bytes) -> None:
        """Bytes passed to the server."""
        for message in self._sent.feed(data):
            body = _object(message)
            if body.pop("type", None) == REQUEST:
                self._end("cut", "another request came")
                self._begin(body)

    def from_server(self, data: bytes) -> None:
        """Bytes passed to the client."""
        for message in self._received.feed(data):
            if self._call is None:
                continue
            # As in a stream over HTTP: what reads that reads this.
            self._call.received(b"data: " + message.replace(b"\n", b" ") + b"\n\n")
            if text(_object(message).get("type")) in LAST:
                self._end("complete")

    def _begin(self, body: JsonObject) -> None:
        opening = self._opening
        headers: Headers = [*opening.headers, ("content-type", "application/json")]
        data = json.dumps(body, ensure_ascii=False).encode()
        call = Exchange(opening.host, "POST", opening.target, headers, data)
        call.is_web_socket = True
        call.status = 200
        call.response_headers = opening.response_headers
        self._call, opening.carried_calls = call, True
        self._tap.asked(call)

    def _end(self, how: str, reason: str = "") -> None:
        call, self._call = self._call, None
        if call is not None and call.end(how, reason):
            self._tap.ended(call)

    def close(self, *, by_client: bool) -> None:
        """The connection is over."""
        how = "canceled" if by_client else "cut"
        self._end(how, "the connection was closed")


def _object(message: bytes) -> JsonObject:
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
