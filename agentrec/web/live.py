"""Events as they come, as server-sent events and over a WebSocket.

Both read the file behind the recorder. Nothing is kept for a client: the next stretch of the file is read
when it has taken the one before, so a slow one costs nothing but its connection.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agentrec.export.jsonl import fields
from agentrec.recording.follow import Follower
from agentrec.web.problems import ProblemError
from agentrec.web.request import Asked
from agentrec.web.streaming import Streamed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from agentrec.web.workers import Workers

LOOK_EVERY = 0.1  # seconds
ALIVE_EVERY = 15.0  # seconds without news after which a sign of life is sent
AT_ONCE = 64 << 10  # bytes of the file
STREAMS = 32  # open at once


class Streams:
    """How many there are, so that there are not too many."""

    def __init__(self, workers: Workers, stopping: Callable[[], bool], most: int = STREAMS) -> None:
        """``stopping`` says whether the server is to end: then so do all streams."""
        self._workers, self._stopping, self._free = workers, stopping, most

    async def server_sent(self, asked: Asked, request: Request) -> Streamed:
        """Raises ProblemError, AgentrecError."""
        last = request.headers.get("last-event-id", "")
        if asked.params["seq"] is None and last.isascii() and last.isdecimal() and len(last) <= 16:
            asked.params["seq"] = int(last) + 1
        follower = await self._open(asked)
        news = self._news(follower, asked.params)
        return Streamed(_written(follower, news), media_type="text/event-stream")

    async def over(self, socket: WebSocket, asked: Asked) -> None:
        """Serve one WebSocket until its client or the recording has ended. Raises as above."""
        follower = await self._open(asked)
        news = self._news(follower, asked.params)
        await socket.accept()
        gone = asyncio.ensure_future(_gone(socket))
        try:
            async for events in news:
                if gone.done():
                    return
                if events:
                    await socket.send_json({"type": "events", "events": events})
            if follower.done:
                await socket.send_json({"type": "end"})
            await socket.close()
        finally:
            gone.cancel()
            await news.aclose()

    async def _open(self, asked: Asked) -> Follower:
        if self._free <= 0:
            raise ProblemError(503, "too many streams are open", "close one")
        self._free -= 1
        try:
            return await self._workers.run(_follower, asked)
        except BaseException:
            self._free += 1
            raise

    async def _news(
        self, follower: Follower, params: dict[str, Any]
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        """Lists of events; an empty one now and then, when there is nothing."""
        try:
            quiet = 0.0
            while not follower.done and not self._stopping():
                events = await self._workers.run(_next, follower, params)
                if events is not None and events:
                    quiet = 0.0
                    yield events
                elif events is None:
                    await asyncio.sleep(LOOK_EVERY)
                    quiet += LOOK_EVERY
                    if quiet >= ALIVE_EVERY:
                        quiet = 0.0
                        yield []
        finally:
            self._free += 1
            follower.close()


def _follower(asked: Asked) -> Follower:
    path, seq = asked.row["path"], asked.params["seq"]
    return Follower(path, asked.service.shelf.count(path) if seq is None else seq)


def _next(follower: Follower, params: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The next events that are wanted; None when there is nothing new in the file."""
    events = follower.read(AT_ONCE)
    if not events:
        return None
    tracks = params["track"]
    return [fields(event) for event in events if not tracks or event.track in tracks]


async def _written(
    follower: Follower, news: AsyncGenerator[list[dict[str, Any]], None]
) -> AsyncIterator[str]:
    async with aclosing(news):
        yield ": here is what comes\n\n"
        async for events in news:
            if events:
                yield f"id: {events[-1]['seq']}\nevent: events\ndata: {json.dumps(events)}\n\n"
            else:
                yield ": still here\n\n"
        if follower.done:
            yield "event: end\ndata: {}\n\n"


async def _gone(socket: WebSocket) -> None:
    """Until the client has closed; what it says is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
