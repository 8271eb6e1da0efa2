"""Events as they come, as server-sent events and over a WebSocket.

Both read the recording's file after the recorder has written to it. Nothing is buffered for a client: the
next part of the file is read when the client has taken the one before, so a slow client costs one connection.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from agentrec.export.jsonl import fields
from agentrec.recording.follow import Follower
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.types import Send
    from starlette.websockets import WebSocket

    from agentrec.json_values import JsonObject
    from agentrec.web.request import ApiRequest
    from agentrec.web.workers import Workers

    Events = list[JsonObject]

POLL_SECONDS = 0.1
# Without events for this long, a comment is sent to keep the connection open.
KEEPALIVE_SECONDS = 15.0
READ_BYTES = 64 << 10
MAX_STREAMS = 32


class ClosingResponse(StreamingResponse):
    """A streaming response that closes its iterator at the end, also if the client has gone."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            close = getattr(self.body_iterator, "aclose", None)
            if close:
                await close()


class LiveStreams:
    """All open streams, a limited number of them."""

    def __init__(
        self, workers: Workers, is_stopping: Callable[[], bool], limit: int = MAX_STREAMS
    ) -> None:
        """``is_stopping`` says whether the server is shutting down, which ends all streams."""
        self._workers, self._is_stopping, self._free = workers, is_stopping, limit

    async def server_sent_events(
        self, request: ApiRequest, http_request: Request
    ) -> ClosingResponse:
        """Answer a request with a stream. Raises ProblemError, AgentrecError."""
        seq = request.params["seq"]
        last = http_request.headers.get("last-event-id", "")
        if seq is None and last.isascii() and last.isdecimal() and len(last) <= 16:
            seq = int(last) + 1
        follower = await self._open(request, seq)
        batches = self._batches(follower, request.params["track"])
        return ClosingResponse(_encode(follower, batches), media_type="text/event-stream")

    async def websocket(self, socket: WebSocket, request: ApiRequest) -> None:
        """Serve a WebSocket until its client leaves or the recording ends. Raises as above."""
        follower = await self._open(request, request.params["seq"])
        batches = self._batches(follower, request.params["track"])
        await socket.accept()
        disconnected = asyncio.ensure_future(_disconnection(socket))
        try:
            async for events in batches:
                if disconnected.done():
                    return
                if events:
                    await socket.send_json({"type": "events", "events": events})
            if follower.done:
                await socket.send_json({"type": "end"})
            await socket.close()
        finally:
            disconnected.cancel()
            await batches.aclose()

    async def _open(self, request: ApiRequest, seq: int | None) -> Follower:
        if self._free <= 0:
            raise ProblemError(503, "too many live streams are open", "close one")
        self._free -= 1
        opening = _Opening(request, seq)
        try:
            return await self._workers.run(opening.run)
        except BaseException:
            self._free += 1
            opening.abandon()
            raise

    async def _batches(self, follower: Follower, tracks: list[str]) -> AsyncGenerator[Events, None]:
        """Lists of events as they come; now and then an empty one, as a sign of life."""
        try:
            idle_seconds = 0.0
            while not follower.done and not self._is_stopping():
                events = await self._workers.run(_read, follower, tracks)
                if events is not None and events:
                    idle_seconds = 0.0
                    yield events
                elif events is None:
                    await asyncio.sleep(POLL_SECONDS)
                    idle_seconds += POLL_SECONDS
                    if idle_seconds >= KEEPALIVE_SECONDS:
                        idle_seconds = 0.0
                        yield []
        finally:
            self._free += 1
            follower.close()


class _Opening:
    """Opens a recording in a thread, and closes it if nobody waits for it any more."""

    def __init__(self, request: ApiRequest, seq: int | None) -> None:
        self._request, self._seq = request, seq
        self._opened: Follower | None = None
        self._is_abandoned = False

    def run(self) -> Follower:
        path, seq = self._request.row["path"], self._seq
        if seq is None:
            seq = self._request.service.recordings.count_events(path)
        self._opened = follower = Follower(path, seq)
        if self._is_abandoned:
            follower.close()
        return follower

    def abandon(self) -> None:
        self._is_abandoned = True
        if self._opened:
            self._opened.close()


def _read(follower: Follower, tracks: list[str]) -> Events | None:
    """The next events of these tracks (all if empty); None if the file has nothing new."""
    events = follower.read(READ_BYTES)
    if not events:
        return None
    return [fields(event) for event in events if not tracks or event.track in tracks]


async def _encode(follower: Follower, batches: AsyncGenerator[Events, None]) -> AsyncIterator[str]:
    async with aclosing(batches):
        yield ": connected\n\n"
        async for events in batches:
            if events:
                yield f"id: {events[-1]['seq']}\nevent: events\ndata: {json.dumps(events)}\n\n"
            else:
                yield ": keepalive\n\n"
        if follower.done:
            yield "event: end\ndata: {}\n\n"


async def _disconnection(socket: WebSocket) -> None:
    """Wait until the client closes the connection; what it sends is ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
