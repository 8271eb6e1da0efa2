"""OpenAI Chat Completions, and the many servers that speak it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.gateway.dialects.api import Answer, Api, Said, content_text, error_text
from agentrec.json_values import JsonObject, count, parsed, table, tables, text
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

# Texts that grow; servers differ in what they call thinking.
GROWING = ("content", "reasoning_content", "reasoning", "refusal")
THINKING = ("reasoning_content", "reasoning")
ROLES = {"developer": "system"}


class Chat(Api):
    name = "chat"
    path = re.compile(r"/chat/completions$")
    output = "choices"

    def assemble(self, frames: Sequence[JsonObject]) -> tuple[JsonObject, bool]:
        body: JsonObject = {}
        choices: dict[int, _Choice] = {}
        for frame in frames:
            body |= {
                name: value
                for name, value in frame.items()
                if name != "choices" and value is not None
            }
            for choice in tables(frame.get("choices")):
                choices.setdefault(count(choice.get("index")), _Choice()).add(choice)
        if choices:
            body["choices"] = [it.whole(index) for index, it in sorted(choices.items())]
            body["object"] = "chat.completion"
        return body, any(it.finish_reason for it in choices.values())

    def frames(self, body: JsonObject) -> list[tuple[str, JsonObject]]:
        shared = {k: v for k, v in body.items() if k not in ("choices", "usage")}
        shared["object"] = "chat.completion.chunk"
        frames: list[JsonObject] = []
        for choice in tables(body.get("choices")):
            index = choice.get("index")
            pieces = [(delta, None) for delta in _deltas(table(choice.get("message")))]
            for delta, reason in [*pieces, ({}, choice.get("finish_reason"))]:
                piece = {"index": index, "delta": delta, "finish_reason": reason}
                frames.append(shared | {"choices": [piece]})
        if usage := body.get("usage"):
            frames.append(shared | {"choices": [], "usage": usage})
        return [("", frame) for frame in frames]

    def answer(self, body: JsonObject) -> Answer:
        usage = table(body.get("usage"))
        first = next(iter(tables(body.get("choices"))), {})
        return Answer(
            id=text(body.get("id")),
            model=text(body.get("model")),
            usage=_usage(usage) if usage else None,
            stop_reason=text(first.get("finish_reason")),
            error=error_text(body),
        )

    def said(self, message: JsonObject) -> list[Said]:
        role = text(message.get("role"))
        content = content_text(message.get("content"))
        if role in ("tool", "function"):
            return [Said("result", content, id=text(message.get("tool_call_id")))]
        thoughts = [Said("thinking", it) for name in THINKING if (it := text(message.get(name)))]
        words = [Said(ROLES.get(role, role), content)] if content else []
        calls = [_call(call) for call in tables(message.get("tool_calls"))]
        return [*thoughts[:1], *words, *calls]

    def answer_messages(self, body: JsonObject) -> list[JsonObject]:
        messages = [table(choice.get("message")) for choice in tables(body.get("choices"))]
        return [{"role": "assistant"} | message for message in messages]


def _deltas(message: JsonObject) -> list[JsonObject]:
    """A message in pieces: thoughts, words, calls, as models write them. Some clients go by order."""
    calls = [{"index": n} | call for n, call in enumerate(tables(message.get("tool_calls")))]
    rest = {k: v for k, v in message.items() if k not in ("role", "tool_calls", *THINKING)}
    thoughts = {k: v for k, v in message.items() if k in THINKING}
    pieces: list[JsonObject] = [thoughts, rest, {"tool_calls": calls}]
    told = [{k: v for k, v in piece.items() if v not in (None, [])} for piece in pieces]
    deltas = [piece for piece in told if piece] or [{}]
    role = {k: v for k, v in message.items() if k == "role" and v is not None}
    return [role | deltas[0], *deltas[1:]]


class _Choice:
    """One choice of a stream."""

    def __init__(self) -> None:
        self.finish_reason = ""
        self._rest: JsonObject = {}
        self._message: JsonObject = {"role": "assistant"}
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[object, JsonObject] = {}

    def add(self, choice: JsonObject) -> None:
        self.finish_reason = text(choice.get("finish_reason")) or self.finish_reason
        for name, value in table(choice.get("delta")).items():
            if name in GROWING:
                self._texts.setdefault(name, []).append(text(value))
            elif name == "tool_calls":
                for call in tables(value):
                    self._add_call(call)
            elif value is not None:
                self._message[name] = value

    def _add_call(self, call: JsonObject) -> None:
        key = call.get("index", len(self._calls))
        known = self._calls.setdefault(str(key), {"type": "function", "function": {}})
        made, given = table(known["function"]), table(call.get("function"))
        for name in given.keys() & {"name", "arguments"}:
            made[name] = text(made.get(name)) + text(given[name])
        extra = {k: v for k, v in call.items() if k not in ("index", "function") and v}
        known |= extra

    def whole(self, index: int) -> JsonObject:
        texts = {name: "".join(parts) for name, parts in self._texts.items()}
        message = self._message | {name: it for name, it in texts.items() if it}
        message.setdefault("content", None)
        if self._calls:
            message["tool_calls"] = list(self._calls.values())
        return {"index": index, "message": message, "finish_reason": self.finish_reason or None}


def _call(call: JsonObject) -> Said:
    function = table(call.get("function"))
    given = function.get("arguments")
    return Said(
        "call",
        id=text(call.get("id")),
        name=text(function.get("name")),
        arguments=parsed(given),
    )


def _usage(usage: JsonObject) -> Usage:
    cached = count(table(usage.get("prompt_tokens_details")).get("cached_tokens"))
    thinking = count(table(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    sent, output = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    cached = min(cached, sent)
    return Usage(sent - cached, output, cached, reasoning=min(thinking, output))
