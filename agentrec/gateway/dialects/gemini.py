"""Gemini: contents of parts; a stream is a row of partial responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.gateway.dialects.api import Answer, Api, Said, error_text
from agentrec.json_values import JsonObject, count, table, tables, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence


class Gemini(Api):
    name = "gemini"
    path = re.compile(r"/models/[^/]+:(?:stream)?[gG]enerateContent$")
    messages = "contents"
    system = "systemInstruction"
    output = "candidates"

    def assemble(self, frames: Sequence[JsonObject]) -> tuple[JsonObject, bool]:
        body: JsonObject = {}
        parts: list[JsonObject] = []
        candidate: JsonObject = {}
        for frame in frames:
            body |= {name: value for name, value in frame.items() if name != "candidates"}
            first = next(iter(tables(frame.get("candidates"))), {})
            candidate |= {name: value for name, value in first.items() if name != "content"}
            for part in tables(table(first.get("content")).get("parts")):
                _append(parts, part)
        if candidate or parts:
            whole = [
                {**part, "text": "".join(it)} if (it := _pieces(part)) else part for part in parts
            ]
            content = {"role": "model", "parts": whole}
            body["candidates"] = [candidate | {"content": content}]
        return body, bool(candidate.get("finishReason"))

    def frames(self, body: JsonObject) -> list[tuple[str, JsonObject]]:
        return [("", body)]

    def answer(self, body: JsonObject) -> Answer:
        usage = table(body.get("usageMetadata"))
        first = next(iter(tables(body.get("candidates"))), {})
        return Answer(
            id=text(body.get("responseId")),
            model=text(body.get("modelVersion")),
            usage=_usage(usage) if usage else None,
            stop_reason=text(first.get("finishReason")),
            error=error_text(body),
        )

    def said(self, message: JsonObject) -> list[Said]:
        role = "assistant" if message.get("role") == "model" else "user"
        return [it for part in tables(message.get("parts")) if (it := _said(role, part))]

    def user_message(self, text: str) -> JsonObject:
        return {"role": "user", "parts": [{"text": text}]}

    def answer_messages(self, body: JsonObject) -> list[JsonObject]:
        contents = [table(it.get("content")) for it in tables(body.get("candidates"))]
        return [{"role": "model"} | content for content in contents]


def _append(parts: list[JsonObject], part: JsonObject) -> None:
    """Add a part; text goes on in the part before if that is text of the same kind."""
    if not isinstance(part.get("text"), str):
        parts.append(part)
        return
    if not part["text"] and part.keys() == {"text"}:
        return
    last = parts[-1] if parts else {}
    same = part.keys() - {"text"} == last.keys() - {"text"} and last.get("thought") == part.get(
        "thought"
    )
    if pieces := _pieces(last) if same else None:
        pieces.append(str(part["text"]))
    else:
        parts.append({**part, "text": [part["text"]]})


def _pieces(part: JsonObject) -> list[str] | None:
    pieces = part.get("text")
    return pieces if isinstance(pieces, list) else None


def _said(role: str, part: JsonObject) -> Said | None:
    if call := table(part.get("functionCall")):
        return Said("call", id=_id(call), name=text(call.get("name")), arguments=call.get("args"))
    if response := table(part.get("functionResponse")):
        inner = table(response.get("response"))
        output = inner.get("output", inner.get("error", inner))
        words = output if isinstance(output, str) else str(output)
        return Said("result", words, id=_id(response), failed="error" in inner)
    words = text(part.get("text"))
    return Said("thinking" if part.get("thought") else role, words) if words else None


def _id(value: JsonObject) -> str:
    """The id of a call; older versions pair calls and responses by name."""
    return text(value.get("id")) or text(value.get("name"))


def _usage(usage: JsonObject) -> Usage:
    sent = count(usage.get("promptTokenCount")) + count(usage.get("toolUsePromptTokenCount"))
    cached = min(count(usage.get("cachedContentTokenCount")), sent)
    thinking = count(usage.get("thoughtsTokenCount"))
    output = count(usage.get("candidatesTokenCount")) + thinking
    return Usage(sent - cached, output, cached, reasoning=thinking)
