"""The ghost's side of a WebSocket: each message that asks gets the recorded answer as messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from agentrec.gateway.dialects import server_sent_events
from agentrec.gateway.transport.web_socket_tap import REQUEST
from agentrec.json_values import JsonObject
from agentrec.recording.events.llm import REPLAYED_HEADER

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from agentrec.ghost.recorded_answer import HttpAnswer

READ_BYTES = 64 << 10
MAX_MESSAGE_BYTES = 64 << 20


async def serve(
    head: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answer: Callable[[bytes], HttpAnswer],
) -> None:
    """Talk to the client whose request to open has this head. ``answer`` gives the answer to a body."""
    protocol = ServerProtocol(max_size=MAX_MESSAGE_BYTES)
    parts: list[bytes] = []
    data = head
    while data:
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                response = protocol.accept(event)
                response.headers[REPLAYED_HEADER] = "recorded"
                protocol.send_response(response)
            elif isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                parts.append(bytes(event.data))
                if event.fin:
                    _reply(protocol, b"".join(parts), answer)
                    parts = []
        for piece in protocol.data_to_send():
            writer.write(piece)
        await writer.drain()
        if protocol.close_expected():
            return
        data = await reader.read(READ_BYTES)


def _reply(protocol: ServerProtocol, message: bytes, answer: Callable[[bytes], HttpAnswer]) -> None:
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return
    if not isinstance(body, dict) or body.pop("type", None) != REQUEST:
        return
    given = answer(json.dumps(body).encode())
    data = b"".join(given.pieces)
    frames = server_sent_events.parse(data)[0] if given.status < 400 else [_error(given, data)]
    for frame in frames:
        protocol.send_text(json.dumps(frame).encode())


def _error(answer: HttpAnswer, data: bytes) -> JsonObject:
    try:
        error = json.loads(data).get("error")
    except (ValueError, AttributeError, RecursionError):
        error = {"message": data.decode("utf-8", "replace")}
    return {"type": "error", "status": answer.status, "error": error}
