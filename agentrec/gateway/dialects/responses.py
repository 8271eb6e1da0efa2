"""OpenAI Responses: items; a stream repeats the whole response at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.gateway.dialects.api import Answer, Api, Said, content_text, error_text
from agentrec.gateway.dialects.chat import ROLES
from agentrec.json_values import JsonObject, count, parsed, table, tables, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDS = ("response.completed", "response.incomplete", "response.failed")
OPEN: JsonObject = {"summary": [], "content": [], "arguments": "", "input": ""}


class Responses(Api):
    name = "responses"
    path = re.compile(r"/responses$")
    messages = "input"
    system = "instructions"
    output = "output"

    def assemble(self, frames: Sequence[JsonObject]) -> tuple[JsonObject, bool]:
        body: JsonObject = {}
        items: dict[str, JsonObject] = {}
        pieces: dict[str, list[str]] = {}
        ended = False
        for frame in frames:
            kind, index = text(frame.get("type")), str(frame.get("output_index"))
            if response := table(frame.get("response")):
                body |= response
            elif kind in ("response.output_item.added", "response.output_item.done"):
                items[index] = table(frame.get("item"))
                pieces.pop(index, None)
            elif kind == "response.output_text.delta":
                pieces.setdefault(index, []).append(text(frame.get("delta")))
            elif kind == "error":
                body["error"] = frame.get("error") or frame.get("message") or "error"
            ended = ended or kind in ENDS
        if items and not body.get("output"):
            body["output"] = [_with_text(item, pieces.get(at)) for at, item in items.items()]
        return body, ended

    def frames(self, body: JsonObject) -> list[tuple[str, JsonObject]]:
        frames = [
            {"type": kind, **fields, "sequence_number": number}
            for number, (kind, fields) in enumerate(_events(body))
        ]
        return [(str(frame["type"]), frame) for frame in frames]

    def answer(self, body: JsonObject) -> Answer:
        usage = table(body.get("usage"))
        why = table(body.get("incomplete_details")).get("reason")
        return Answer(
            id=text(body.get("id")),
            model=text(body.get("model")),
            usage=_usage(usage) if usage else None,
            stop_reason=text(why) or text(body.get("status")),
            error=error_text(body),
        )

    def said(self, message: JsonObject) -> list[Said]:
        kind = text(message.get("type")) or "message"
        if kind == "message":
            role, words = text(message.get("role")), content_text(message.get("content"))
            return [Said(ROLES.get(role, role), words)] if words else []
        if kind == "reasoning":
            words = content_text(message.get("summary")) or content_text(message.get("content"))
            return [Said("thinking", words)] if words else []
        id_ = text(message.get("call_id")) or text(message.get("id"))
        if kind.endswith("_output"):
            return [Said("result", content_text(message.get("output")), id=id_)]
        if kind.endswith("_call"):
            given = next(
                (message[k] for k in ("arguments", "input", "action") if k in message), None
            )
            name = text(message.get("name")) or kind.removesuffix("_call")
            free = kind == "custom_tool_call"
            return [Said("call", id=id_, name=name, arguments=given if free else parsed(given))]
        return []


def _with_text(item: JsonObject, parts: list[str] | None) -> JsonObject:
    """An item that was cut, with the text that came."""
    if not parts:
        return item
    return item | {"content": [{"type": "output_text", "text": "".join(parts)}]}


def _events(body: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    started = body | {"status": "in_progress", "output": [], "usage": None}
    yield "response.created", {"response": started}
    yield "response.in_progress", {"response": started}
    for index, item in enumerate(tables(body.get("output"))):
        opened = {key: OPEN.get(key, value) for key, value in item.items()}
        yield "response.output_item.added", {"output_index": index, "item": opened}
        if item.get("type") == "message":
            at = {"output_index": index, "item_id": item.get("id"), "content_index": 0}
            yield "response.output_text.delta", at | {"delta": content_text(item.get("content"))}
        yield "response.output_item.done", {"output_index": index, "item": item}
    failed = body.get("status") in ("failed", "incomplete")
    yield f"response.{body.get('status') if failed else 'completed'}", {"response": body}


def _usage(usage: JsonObject) -> Usage:
    cached = count(table(usage.get("input_tokens_details")).get("cached_tokens"))
    thinking = count(table(usage.get("output_tokens_details")).get("reasoning_tokens"))
    sent, output = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    cached = min(cached, sent)
    return Usage(sent - cached, output, cached, reasoning=min(thinking, output))
