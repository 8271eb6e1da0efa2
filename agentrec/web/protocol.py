"""Connections with time limits.

uvicorn limits how long a connection may be idle between requests, and nothing else. Here a connection is
closed as well if its client does not send a whole request in time or stops reading the response, and the
number of connections is limited: one more takes the place of the one that has kept the
server waiting longest.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from agentrec.web.openapi import PREFIX
from agentrec.web.openapi.adding_files import FILES

if TYPE_CHECKING:
    import h11

# For a whole request to arrive, including its body.
REQUEST_TIMEOUT_SECONDS = 10.0
_FILES = PREFIX + FILES
# For a client to take anything of a response that waits for it.
STALL_TIMEOUT_SECONDS = 30.0
MAX_CONNECTIONS = 128


class _StallTimeout(asyncio.Protocol):
    """Closes a connection whose client takes nothing of what is sent to it for too long."""

    stall_timeout_seconds = STALL_TIMEOUT_SECONDS
    transport: asyncio.Transport
    _stall_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_stall_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_stall_timer()
        loop = asyncio.get_running_loop()
        self._stall_timer = loop.call_later(self.stall_timeout_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_stall_timer()
        super().resume_writing()

    def _stop_stall_timer(self) -> None:
        if self._stall_timer:
            self._stall_timer.cancel()
        self._stall_timer = None


class BoundedWebSocket(_StallTimeout, WebSocketsSansIOProtocol):
    """A WebSocket connection."""


class BoundedHttp(_StallTimeout, H11Protocol):
    """An HTTP/1.1 connection."""

    request_timeout_seconds = REQUEST_TIMEOUT_SECONDS
    max_connections = MAX_CONNECTIONS
    _request_timer: asyncio.TimerHandle | None = None
    _waiting_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_request_timer()
        if len(self.connections) > self.max_connections:
            waiting = [it for it in self.connections if isinstance(it, BoundedHttp) and it.is_free]
            min(waiting, key=BoundedHttp.waiting_since, default=self).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_request_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._request_timer is None and not self._is_answering():
            self._start_request_timer()  # the next request on the same connection
        super().data_received(data)
        if not self._is_answering():
            return
        if not self.cycle.more_body:
            self._stop_request_timer()
        elif self.cycle.scope["path"] == _FILES and self.cycle.scope["method"] == "POST":
            # A file may take longer, as long as it comes: its endpoint limits how long in all.
            self._stop_request_timer()
            self._start_request_timer()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._stop_request_timer()
        super().handle_websocket_upgrade(event)

    @property
    def is_free(self) -> bool:
        """Whether nothing is being done for this connection: the next request has not come."""
        return not self._is_answering() or self.cycle.more_body

    def waiting_since(self) -> float:
        """Since when, on the loop's clock."""
        return self._waiting_since

    def _is_answering(self) -> bool:
        """Whether a request has come whose response is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def _start_request_timer(self) -> None:
        wait = self.request_timeout_seconds
        self._waiting_since = self.loop.time()
        self._request_timer = self.loop.call_later(wait, self.transport.abort)

    def _stop_request_timer(self) -> None:
        if self._request_timer:
            self._request_timer.cancel()
        self._request_timer = None
