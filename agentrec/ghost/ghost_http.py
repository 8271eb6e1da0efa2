"""A ghost's side of HTTP: requests come in, recorded answers go out."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from agentrec.gateway.transport.exchange import header
from agentrec.gateway.transport.http_messages import BadMessageError, RequestReader
from agentrec.ghost import live_answer
from agentrec.ghost.ghost_server import LIVE_STATUS, MAX_BODY_BYTES, GhostServer
from agentrec.recording.events.llm import REPLAYED_HEADER

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from agentrec.ghost.recorded_answer import HttpAnswer
    from agentrec.json_values import JsonObject

    # Takes what is to be reported of a request, before it is answered.
    Report = Callable[[JsonObject], None]

MAX_HEAD_BYTES = 256 << 10
READ_BYTES = 64 << 10


async def listen(server: GhostServer, sock: socket.socket, report: Report) -> asyncio.Server:
    """Answer what comes to a listening socket."""
    return await asyncio.start_server(
        partial(_serve_client, server, report), sock=sock, limit=MAX_HEAD_BYTES
    )


async def _serve_client(
    server: GhostServer, report: Report, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while await _serve_request(server, report, reader, writer):
            pass
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, BadMessageError):
        pass
    finally:
        writer.close()


async def _serve_request(
    server: GhostServer, report: Report, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    raw = await reader.readuntil(b"\r\n\r\n")
    request = RequestReader(raw)
    if header(request.head.headers, "upgrade").lower() == "websocket":
        await _serve_web_socket(server, report, raw, request, reader, writer)
        return False
    body = sent = b""
    while not request.finished:
        data = await reader.read(READ_BYTES)
        if not data or len(body) > MAX_BODY_BYTES:
            return False
        sent += data
        body += request.feed(data)
    head = request.head
    answer, call, what = server.answer(head.method, head.target, head.headers, body)
    report(what)
    if answer.status == LIVE_STATUS:
        await live_answer.pass_on(request.head, sent, writer, b"".join(answer.pieces))
        return False
    first, between = server.delays(call, len(answer.pieces))
    await asyncio.sleep(first)
    source = f"{REPLAYED_HEADER}: {call.span}\r\n" if call else ""
    await _send(writer, answer, between, source, has_body=head.method != "HEAD")
    return not answer.cut


async def _serve_web_socket(
    server: GhostServer,
    report: Report,
    raw: bytes,
    request: RequestReader,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    # Loads slowly, and most agents need none.
    from agentrec.ghost import web_socket_server

    def answer(body: bytes) -> HttpAnswer:
        head = request.head
        given, _, what = server.answer("POST", head.target, head.headers, body)
        report(what)
        return given

    await web_socket_server.serve(raw, reader, writer, answer)


async def _send(
    writer: asyncio.StreamWriter,
    answer: HttpAnswer,
    between: float,
    source: str,
    *,
    has_body: bool,
) -> None:
    length = sum(map(len, answer.pieces))
    # A cut answer promises more than it holds.
    length += 1 if answer.cut else 0
    lines = [f"HTTP/1.1 {answer.status} Recorded", f"Content-Type: {answer.content_type}"]
    writer.write("\r\n".join([*lines, f"Content-Length: {length}", f"{source}\r\n"]).encode())
    for piece in answer.pieces if has_body else ():
        writer.write(piece)
        if between:
            await writer.drain()
            await asyncio.sleep(between)
    await writer.drain()
