"""Texts as the attributes of an export have them: masked and bounded, messages as the conventions' JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.redact.json_redaction import redact_event, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.json_values import JsonObject
    from agentrec.otel.span import OtelSpan

MAX_CONTENT_CHARS = 32_000  # of one attribute
# What agents and models say, by the conventions' words; others stay as they are.
_FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "tool_use": "tool_call",
    "tool_calls": "tool_call",
    "tool-calls": "tool_call",
    "refusal": "content_filter",
}
_NOT_TOLD = "unknown"


def append_message(span: OtelSpan, name: str, role: str, words: str) -> None:
    """Add a message of one text to those in an attribute, if there is room for it."""
    kept = span.attributes.get(name)
    messages = json.loads(kept) if isinstance(kept, str) else []
    messages.append({"role": role, "parts": [_text_part(words)]})
    whole = json.dumps(messages, ensure_ascii=False)
    if len(whole) <= MAX_CONTENT_CHARS:
        span.attributes[name] = whole


def answer_messages(texts: Iterable[str], stop_reason: str, *, failed: bool) -> str:
    """What a model answered: one message, with those of its ``texts`` that there is room for."""
    parts: list[JsonObject] = []
    reason = _FINISH_REASONS.get(stop_reason, stop_reason) or ("error" if failed else _NOT_TOLD)
    message = {"role": "assistant", "parts": parts, "finish_reason": reason}
    whole = ""
    for words in texts:
        parts.append(_text_part(words))
        longer = json.dumps([message], ensure_ascii=False)
        if len(longer) > MAX_CONTENT_CHARS:
            break
        whole = longer
    return whole


def content_text(value: object) -> str:
    """JSON or text."""
    if isinstance(value, str):
        return masked_text(value)
    hidden, _, _ = redact_event({"value": value}, {})
    return json.dumps(hidden["value"], ensure_ascii=False)[:MAX_CONTENT_CHARS]


def masked_text(words: str) -> str:
    return redact_text(words, {})[:MAX_CONTENT_CHARS]


def _text_part(words: str) -> JsonObject:
    return {"type": "text", "content": masked_text(words)}
