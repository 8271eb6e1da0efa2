"""Passes calls on: every byte as it comes, in both directions, while a tap looks on.

A client's connection has one connection to the server at a time, and what one side closes is closed on the
other. Only the head of a request is changed: its path and its host.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from agentrec.gateway.transport.exchange import Exchange, header
from agentrec.gateway.transport.http_messages import (
    MAX_HEAD_BYTES,
    BadMessageError,
    RequestReader,
    ResponseReader,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Mapping

    from agentrec.gateway.transport.tap import Tap
    from agentrec.gateway.transport.upstream import Upstream

T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

READ_BYTES = 256 << 10
# A request is handed to the tap at the answer's first byte; at the latest after this time.
LOOK_DELAY_SECONDS = 0.1
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class CanceledError(Exception):
    """The client has gone."""


class _ClientProtocol(asyncio.StreamReaderProtocol):
    """Notices that the client has gone, also while nobody reads."""

    def __init__(self, relay: Relay) -> None:
        self.gone = asyncio.Event()
        reader = asyncio.StreamReader(limit=MAX_HEAD_BYTES)
        super().__init__(reader, lambda r, w: relay.serve_client(r, w, self.gone))

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class Relay:
    """Serves clients on a socket. ``routes``: the first part of a path, and the server it stands for."""

    def __init__(self, routes: Mapping[str, Upstream], tap: Tap) -> None:
        self._routes, self._tap = routes, tap
        self._clients: set[asyncio.Task[None]] = set()

    async def listen(self, sock: socket.socket) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _ClientProtocol(self), sock=sock)

    async def close(self) -> None:
        """End all connections."""
        for task in list(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event
    ) -> None:
        """Serve one connection of a client until either side ends it."""
        task = asyncio.current_task()
        if task:
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)
        client = _Client(self._routes, self._tap, reader, writer, gone)
        try:
            while await client.serve_request():
                pass
        except BadMessageError:
            pass  # what came has passed; then the server closed the connection, and so do we
        except (OSError, CanceledError):
            writer.transport.abort()
        finally:
            client.close()


class _Client:
    """One connection of a client, and the one to its server."""

    def __init__(
        self,
        routes: Mapping[str, Upstream],
        tap: Tap,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gone: asyncio.Event,
    ) -> None:
        self._routes, self._tap = routes, tap
        self._reader, self._writer, self._gone = reader, writer, gone
        self._upstream: Upstream | None = None
        self._server: Streams | None = None

    def close(self) -> None:
        self._close_server()
        self._writer.close()

    def _close_server(self) -> None:
        if self._server:
            self._server[1].close()
            self._server = None

    async def serve_request(self) -> bool:
        """Pass one request and its answer; returns whether another may follow."""
        try:
            head = await self._next_head()
            if not head:
                return False
            request = RequestReader(head)
        except asyncio.IncompleteReadError:
            return False
        except (asyncio.LimitOverrunError, BadMessageError):
            return self._refuse(_BAD_REQUEST)
        upstream, path = self._route(request.head.target)
        if upstream is None:
            return self._refuse(_NOT_FOUND)
        made, target = request.head, upstream.path(path)
        exchange = Exchange(upstream.address.netloc, made.method, target, made.headers)
        later = asyncio.get_running_loop().call_later(
            LOOK_DELAY_SECONDS, self._look, request, exchange
        )
        try:
            return await self._exchange(upstream, path, request, exchange)
        except BaseException as error:
            exchange.end(*_ending(error, exchange))
            raise
        finally:
            later.cancel()
            exchange.end("complete")
            if not exchange.carried_calls:
                self._tap.ended(exchange)

    async def _next_head(self) -> bytes:
        """The head of the client's next request; nothing if the server closes its connection before."""
        head = asyncio.ensure_future(self._reader.readuntil(b"\r\n\r\n"))
        tasks = {head}
        if self._server:
            tasks.add(asyncio.ensure_future(self._server[0].read(1)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return head.result() if head.done() else b""
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _look(self, request: RequestReader, exchange: Exchange) -> None:
        # One that opens a WebSocket is only recorded if no calls come through that.
        if request.finished and not header(exchange.headers, "upgrade"):
            self._tap.asked(exchange)

    def _refuse(self, answer: bytes) -> bool:
        self._writer.write(answer)
        return False

    def _route(self, target: str) -> tuple[Upstream | None, str]:
        for prefix, upstream in self._routes.items():
            if target.startswith(prefix) and target[len(prefix) :][:1] in ("", "/", "?"):
                return upstream, target[len(prefix) :]
        return None, ""

    async def _exchange(
        self, upstream: Upstream, path: str, request: RequestReader, exchange: Exchange
    ) -> bool:
        reader, writer = await self._while_wanted(self._connect(upstream))
        address, more = upstream.address, upstream.more_headers
        writer.write(request.head.rewritten(upstream.target(path), address.netloc, more))
        sending = asyncio.ensure_future(self._send_body(writer, request, exchange))
        try:
            return await self._while_wanted(self._answer(reader, request, exchange))
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _connect(self, upstream: Upstream) -> Streams:
        if self._server and self._upstream is upstream and not self._server[0].at_eof():
            return self._server
        self._close_server()
        self._server, self._upstream = await upstream.connect(), upstream
        return self._server

    async def _while_wanted(self, work: Coroutine[object, object, T]) -> T:
        """Do ``work`` as long as the client is there. Raises CanceledError when it has gone."""
        task, gone = asyncio.ensure_future(work), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise CanceledError
            return task.result()
        finally:
            task.cancel()
            gone.cancel()
            await asyncio.gather(task, gone, return_exceptions=True)

    async def _send_body(
        self, writer: asyncio.StreamWriter, request: RequestReader, exchange: Exchange
    ) -> None:
        while not request.finished and (data := await self._reader.read(READ_BYTES)):
            writer.write(data)
            exchange.request.add(request.feed(data))
            await writer.drain()

    async def _answer(
        self, server: asyncio.StreamReader, request: RequestReader, exchange: Exchange
    ) -> bool:
        response = ResponseReader(request.head)
        while not response.finished:
            data = await server.read(READ_BYTES)
            self._writer.write(data)
            if exchange.first_byte_ms is None:
                self._look(request, exchange)
            try:
                progress = response.feed(data)
            except BadMessageError:
                await _copy(server, self._writer)
                raise
            if progress.head:
                exchange.answered(*progress.head)
            if response.switched:
                await self._web_socket(server, exchange, response.rest)
                return False
            if progress.content:
                exchange.received(progress.content)
            _note_end(response, exchange)
            await self._writer.drain()
        return response.keeps_open and request.finished

    async def _web_socket(
        self, server: asyncio.StreamReader, opening: Exchange, rest: bytes
    ) -> None:
        # Loads slowly, and most agents need none.
        from agentrec.gateway.transport.web_socket_tap import WebSocketTap

        assert self._server
        calls = WebSocketTap(self._tap, opening)
        calls.from_server(rest)
        up = asyncio.ensure_future(_copy(self._reader, self._server[1], calls.from_client))
        down = asyncio.ensure_future(_copy(server, self._writer, calls.from_server))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            calls.close(by_client=self._gone.is_set())
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)


def _note_end(response: ResponseReader, exchange: Exchange) -> None:
    """A client that has all of it may close the connection at once, and a recording may end."""
    if response.finished:
        exchange.end("complete")


async def _copy(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    look: Callable[[bytes], None] | None = None,
) -> None:
    """Pass bytes on until there are no more."""
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        if look:
            look(data)
        await writer.drain()


def _ending(error: BaseException, exchange: Exchange) -> tuple[str, str]:
    """How a call ended that ended with ``error``, and why."""
    if isinstance(error, CanceledError):
        return "canceled", "the agent closed the connection"
    if not isinstance(error, Exception):  # asyncio's cancellation
        return "canceled", "the recording ended"
    if isinstance(error, BadMessageError):
        return "cut", str(error)
    how = "failed" if exchange.first_byte_ms is None else "cut"
    return how, str(error) or type(error).__name__
