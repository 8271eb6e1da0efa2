"""Anthropic Messages: named events, one content block after the other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from agentrec.agents.claude.transcript import usage_of
from agentrec.gateway.dialects.api import Answer, Api, Said, content_text, error_text
from agentrec.json_values import JsonObject, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What a delta adds to, by its type.
DELTAS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}
CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


class Anthropic(Api):
    name = "anthropic"
    path = re.compile(r"/v1/messages$")
    system = "system"
    output = "content"

    def assemble(self, frames: Sequence[JsonObject]) -> tuple[JsonObject, bool]:
        message: JsonObject = {}
        blocks: dict[object, JsonObject] = {}
        pieces: dict[tuple[object, str], list[str]] = {}
        ended = False
        for frame in frames:
            kind, index = frame.get("type"), str(frame.get("index"))
            if kind == "message_start":
                message |= table(frame.get("message"))
            elif kind == "content_block_start":
                blocks[index] = dict(table(frame.get("content_block")))
            elif kind == "content_block_delta":
                _add_delta(blocks.setdefault(index, {}), index, table(frame.get("delta")), pieces)
            elif kind == "message_delta":
                _add_end(message, frame)
            elif kind == "error":
                message["error"] = frame.get("error")
            ended = ended or kind == "message_stop"
        for (block, name), parts in pieces.items():
            _fill(blocks[block], name, "".join(parts))
        if message or blocks:
            message["content"] = list(blocks.values())
        return message, ended

    def frames(self, body: JsonObject) -> list[tuple[str, JsonObject]]:
        usage = table(body.get("usage"))
        start = body | {"content": [], "stop_reason": None, "stop_sequence": None}
        frames: list[JsonObject] = [{"type": "message_start", "message": start}]
        for index, block in enumerate(tables(body.get("content"))):
            frames += _block_frames(index, block)
        ending = {name: body.get(name) for name in ("stop_reason", "stop_sequence")}
        frames.append({"type": "message_delta", "delta": ending, "usage": usage})
        frames.append({"type": "message_stop"})
        return [(str(frame["type"]), frame) for frame in frames]

    def answer(self, body: JsonObject) -> Answer:
        usage = table(body.get("usage"))
        speed = text(usage.get("speed"))
        return Answer(
            id=text(body.get("id")),
            model=text(body.get("model")),
            usage=usage_of(usage) if usage else None,
            stop_reason=text(body.get("stop_reason")),
            error=error_text(body),
            variant="" if speed == "standard" else speed,
        )

    def said(self, message: JsonObject) -> list[Said]:
        role, content = text(message.get("role")) or "assistant", message.get("content")
        if isinstance(content, str):
            return [Said(role, content)]
        return [it for block in tables(content) if (it := _said(role, block))]

    def outputs(self, body: JsonObject) -> list[object]:
        return [*self.answer_messages(body)] if isinstance(body.get("content"), list) else []

    def with_output(self, outputs: list[object]) -> JsonObject:
        return {"content": table(outputs[0]).get("content")} if outputs else {}

    def user_message(self, text: str) -> JsonObject:
        return {"role": "user", "content": [{"type": "text", "text": text}]}

    def answer_messages(self, body: JsonObject) -> list[JsonObject]:
        return [{"role": "assistant", "content": body.get("content")}]


def _add_delta(
    block: JsonObject, index: object, delta: JsonObject, pieces: dict[tuple[object, str], list[str]]
) -> None:
    kind = text(delta.get("type"))
    if name := DELTAS.get(kind):
        pieces.setdefault((index, name), []).append(text(delta.get(name)))
    elif kind == "citations_delta":
        before = block.get("citations")
        block["citations"] = [*(before if isinstance(before, list) else ()), delta.get("citation")]


def _fill(block: JsonObject, name: str, value: str) -> None:
    if name != "partial_json":
        block[name] = text(block.get(name)) + value
        return
    try:
        block["input"] = json.loads(value) if value else block.get("input", {})
    except (ValueError, RecursionError):
        block["partial_json"] = value


def _add_end(message: JsonObject, frame: JsonObject) -> None:
    message |= table(frame.get("delta"))
    message["usage"] = table(message.get("usage")) | table(frame.get("usage"))
    for name in frame.keys() - {"type", "delta", "usage"}:
        message[name] = frame[name]


def _block_frames(index: int, block: JsonObject) -> Iterator[JsonObject]:
    start, deltas = dict(block), []
    for kind, name in DELTAS.items():
        if name in block and block.get(name):
            start[name] = ""
            deltas.append({"type": kind, name: block[name]})
    if block.get("type") in CALLS:
        start["input"] = {}
        given = json.dumps(block.get("input"), ensure_ascii=False)
        deltas.append({"type": "input_json_delta", "partial_json": given})
    citations = tables(start.pop("citations", None))
    deltas += [{"type": "citations_delta", "citation": it} for it in citations]
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _said(role: str, block: JsonObject) -> Said | None:
    kind = text(block.get("type"))
    if kind == "text":
        return Said(role, text(block.get("text")))
    if kind == "thinking":
        return Said("thinking", text(block.get("thinking")))
    if kind in CALLS:
        given = block.get("input")
        return Said("call", id=text(block.get("id")), name=text(block.get("name")), arguments=given)
    if kind == "tool_result":
        output, failed = content_text(block.get("content")), bool(block.get("is_error"))
        return Said("result", output, id=text(block.get("tool_use_id")), failed=failed)
    return None
