"""Asks the real model, where that was wished: the request and its answer pass as they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.gateway.settings import ORIGIN_HEADER
from agentrec.gateway.transport.exchange import header
from agentrec.gateway.transport.http_messages import ResponseReader
from agentrec.gateway.transport.upstream import Upstream

if TYPE_CHECKING:
    import asyncio

    from agentrec.gateway.transport.http_messages import RequestHead

READ_BYTES = 64 << 10


async def pass_on(head: RequestHead, body: bytes, writer: asyncio.StreamWriter) -> None:
    """Pass a request on to the server that the agent would have asked. Raises OSError."""
    upstream = Upstream(header(head.headers, ORIGIN_HEADER.lower()), os.environ)
    server, to_server = await upstream.connect()
    try:
        lines = head.raw.split(b"\r\n")
        ours = ORIGIN_HEADER.lower().encode() + b":"
        raw = b"\r\n".join(line for line in lines if not line.lower().startswith(ours))
        plain = head._replace(raw=raw)
        target = upstream.target(head.target)
        to_server.write(plain.rewritten(target, upstream.address.netloc, upstream.more_headers))
        to_server.write(body)
        response = ResponseReader(head)
        while not response.finished:
            data = await server.read(READ_BYTES)
            writer.write(data)
            response.feed(data)
            await writer.drain()
    finally:
        to_server.close()
