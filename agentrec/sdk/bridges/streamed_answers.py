"""Answers of models that come in pieces, put together as the API would have sent them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agentrec.json_values import JsonObject, table, tables

if TYPE_CHECKING:
    from collections.abc import Mapping


class Pieces(Protocol):
    """Collects the events of one stream."""

    def add(self, event: JsonObject) -> None:
        """The next event."""
        ...

    def answer(self) -> JsonObject:
        """What has come so far, as one answer."""
        ...


class ChatPieces:
    """Chunks of OpenAI's chat completions."""

    def __init__(self) -> None:
        self._answer: JsonObject = {}
        self._choices: dict[int, JsonObject] = {}

    def add(self, event: JsonObject) -> None:
        for name in ("id", "model", "created", "system_fingerprint", "service_tier", "usage"):
            if event.get(name) is not None:
                self._answer[name] = event[name]
        for choice in tables(event.get("choices")):
            index = choice.get("index")
            at = index if isinstance(index, int) else 0
            whole = self._choices.setdefault(at, {"index": at, "message": {"role": "assistant"}})
            if choice.get("finish_reason") is not None:
                whole["finish_reason"] = choice["finish_reason"]
            _merge(table(whole["message"]), table(choice.get("delta")))

    def answer(self) -> JsonObject:
        choices = [self._choices[at] for at in sorted(self._choices)]
        return {**self._answer, "object": "chat.completion", "choices": choices}


def _merge(whole: JsonObject, delta: Mapping[str, object]) -> None:
    for name, value in delta.items():
        before = whole.get(name)
        if name in ("index", "role", "id", "type", "name") or value is None:
            whole[name] = before if value is None else value
        elif isinstance(value, str) and isinstance(before, str):
            whole[name] = before + value
        elif isinstance(value, dict):
            inner = whole.setdefault(name, {})
            _merge(table(inner), value)
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            _merge_list(whole, name, tables(value))
        else:
            whole[name] = value


def _merge_list(whole: JsonObject, name: str, items: list[JsonObject]) -> None:
    found = whole.setdefault(name, [])
    parts = found if isinstance(found, list) else []
    for item in items:
        index = item.get("index")
        at = index if isinstance(index, int) else len(parts)
        while len(parts) <= at:
            parts.append({})
        _merge(parts[at], item)


class ResponsePieces:
    """Events of OpenAI's responses: the last one holds the whole answer."""

    def __init__(self) -> None:
        self._answer: JsonObject = {}

    def add(self, event: JsonObject) -> None:
        if response := table(event.get("response")):
            self._answer = response

    def answer(self) -> JsonObject:
        return self._answer


class MessagePieces:
    """Events of Anthropic's messages."""

    def __init__(self) -> None:
        self._answer: JsonObject = {}
        self._blocks: dict[int, JsonObject] = {}

    def add(self, event: JsonObject) -> None:
        kind, index = event.get("type"), event.get("index")
        at = index if isinstance(index, int) else 0
        if kind == "message_start":
            self._answer = dict(table(event.get("message")))
        elif kind == "content_block_start":
            self._blocks[at] = dict(table(event.get("content_block")))
        elif kind == "content_block_delta":
            self._add_delta(self._blocks.setdefault(at, {}), table(event.get("delta")))
        elif kind == "message_delta":
            self._answer |= {k: v for k, v in table(event.get("delta")).items() if v is not None}
            usage = {k: v for k, v in table(event.get("usage")).items() if v is not None}
            self._answer["usage"] = {**table(self._answer.get("usage")), **usage}

    def _add_delta(self, block: JsonObject, delta: JsonObject) -> None:
        for name in ("text", "thinking", "signature"):
            if isinstance(value := delta.get(name), str):
                block[name] = str(block.get(name) or "") + value
        if isinstance(value := delta.get("partial_json"), str):
            block["partial_json"] = str(block.get("partial_json") or "") + value

    def answer(self) -> JsonObject:
        return {
            **self._answer,
            "content": [_whole(self._blocks[at]) for at in sorted(self._blocks)],
        }


def _whole(block: JsonObject) -> JsonObject:
    """A block with its input in one piece."""
    import json

    text = block.get("partial_json")
    if not isinstance(text, str):
        return block
    rest = {name: value for name, value in block.items() if name != "partial_json"}
    try:
        return {**rest, "input": json.loads(text or "{}")}
    except ValueError:  # it was cut
        return {**rest, "input": text}
