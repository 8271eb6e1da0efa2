"""HTTP/1.1 connections that cannot be held open for nothing.

uvicorn bounds how long a connection may idle between requests, and nothing else. Here one that has not sent
a whole request, or does not take its answer, is closed after a while, and there are never too many.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST = 10.0  # seconds that a request may take to arrive, body and all
STUCK = 30.0  # seconds that a client may take none of an answer
CONNECTIONS = 128


class BoundedProtocol(H11Protocol):
    """One connection."""

    request_seconds = REQUEST
    stuck_seconds = STUCK
    most = CONNECTIONS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._stuck = _Stuck()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self._stuck.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and not self._answering():
            self._expect()  # the next request on a connection that was kept
        super().data_received(data)
        if self._answering() and not self.cycle.more_body:
            self._stop()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._stop()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck.start(self.transport)

    def resume_writing(self) -> None:
        self._stuck.stop()
        super().resume_writing()

    def _expect(self) -> None:
        self._timer = self.loop.call_later(self.request_seconds, self.transport.abort)

    def _answering(self) -> bool:
        """Whether a request has come whose answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None


class BoundedSocket(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._stuck = _Stuck()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stuck.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck.start(self.transport)

    def resume_writing(self) -> None:
        self._stuck.stop()
        super().resume_writing()


class _Stuck:
    """Cuts a connection whose client takes nothing for too long."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport) -> None:
        self.stop()
        wait = BoundedProtocol.stuck_seconds
        self._timer = asyncio.get_running_loop().call_later(wait, transport.abort)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
