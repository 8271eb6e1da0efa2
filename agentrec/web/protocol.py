"""HTTP/1.1 connections that cannot be held open for nothing.

uvicorn bounds how long a connection may idle between requests, and nothing else. Here one that has not sent
a whole request, or does not take its answer, is closed after a while, and there are never too many.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST = 10.0  # seconds that a request may take to arrive, body and all
STUCK = 30.0  # seconds that a client may take none of an answer
CONNECTIONS = 128
PER_CLIENT = 64  # of them from one address


class BoundedProtocol(H11Protocol):
    """One connection."""

    request_seconds = REQUEST
    stuck_seconds = STUCK
    most = CONNECTIONS

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._timer, self._stuck)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and not self._answering():
            self._expect()  # the next request on a connection that was kept
        super().data_received(data)
        if self._answering() and not self.cycle.more_body:
            self._stop(self._timer)
            self._timer = None

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._stop(self._timer)
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop(self._stuck)
        self._stuck = self.loop.call_later(self.stuck_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(self._stuck)
        super().resume_writing()

    def _expect(self) -> None:
        self._timer = self.loop.call_later(self.request_seconds, self.transport.abort)

    def _answering(self) -> bool:
        """Whether a request has come whose answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    def _stop(self, *timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer:
                timer.cancel()
