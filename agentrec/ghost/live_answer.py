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


# Of a body that was replaced, and of our own.
_LEFT_OUT = (b"content-length:", b"content-encoding:", b"transfer-encoding:")
_OURS = (ORIGIN_HEADER.lower().encode() + b":",)


async def pass_on(
    head: RequestHead, body: bytes, writer: asyncio.StreamWriter, replaced: bytes = b""
) -> None:
    """Pass a request on to the server that the agent would have asked, with another body if there is one.

    Raises OSError.
    """
    upstream = Upstream(header(head.headers, ORIGIN_HEADER.lower()), os.environ)
    server, to_server = await upstream.connect()
    try:
        left_out = _OURS + _LEFT_OUT if replaced else _OURS
        lines = head.raw.split(b"\r\n")
        raw = b"\r\n".join(line for line in lines if not line.lower().startswith(left_out))
        more = [("Content-Length", str(len(replaced)))] if replaced else []
        more += upstream.more_headers
        target = upstream.target(head.target)
        to_server.write(head._replace(raw=raw).rewritten(target, upstream.address.netloc, more))
        to_server.write(replaced or body)
        response = ResponseReader(head)
        while not response.finished:
            data = await server.read(READ_BYTES)
            writer.write(data)
            response.feed(data)
            await writer.drain()
    finally:
        to_server.close()
