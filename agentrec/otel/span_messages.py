"""The messages in a span's attributes and events, whichever of the conventions wrote them.

Here a message is ``{"role": ..., "content": ...}``; the content is a text, or a list of blocks with a
``type``: ``text``, ``reasoning``, ``tool_call``, ``tool_result``, or what the span calls it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import JsonObject, parsed, table, tables, text
from agentrec.otel import conventions as otel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.otel.received_span import ReceivedSpan

MAX_MESSAGES = 5000  # of a span
_MAX_PATH = 12  # parts of a name, as `llm.input_messages.0.message.content`
# Lists that are written as one attribute for each value.
_FLAT_INPUTS = ("llm.input_messages", "gen_ai.prompt", "llm.prompts")
_FLAT_OUTPUTS = ("llm.output_messages", "gen_ai.completion", "llm.completions")
_WHOLE_INPUTS = (otel.INPUT_MESSAGES, "gen_ai.prompt")
_WHOLE_OUTPUTS = (otel.OUTPUT_MESSAGES, "gen_ai.completion")
# Events whose attributes are those of the span.
_DETAIL_EVENTS = (
    "gen_ai.client.inference.operation.details",
    "gen_ai.content.prompt",
    "gen_ai.content.completion",
)
# Events that are a message each.
_TOOL_EVENT = "gen_ai.tool.message"
_EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    _TOOL_EVENT: "tool",
}
_CHOICE_EVENT = "gen_ai.choice"
_TEXT_NAMES = ("text", "content")


def sent_messages(span: ReceivedSpan) -> list[JsonObject]:
    """What a model was sent; empty if the span does not say."""
    values = _with_details(span)
    messages = _messages(values, _WHOLE_INPUTS, _FLAT_INPUTS, "user")
    messages = messages or [
        found
        for event in span.events
        if (role := _EVENT_ROLES.get(event.name)) and (found := message_of(event.attributes, role))
    ]
    instructions = message_of({"content": values.get(otel.SYSTEM_INSTRUCTIONS)}, "system")
    if instructions and not any(one["role"] == "system" for one in messages):
        messages = [instructions, *messages]
    return messages


def answered_messages(span: ReceivedSpan) -> list[JsonObject]:
    """What it answered."""
    messages = _messages(_with_details(span), _WHOLE_OUTPUTS, _FLAT_OUTPUTS, "assistant")
    return messages or [
        found
        for event in span.events
        if event.name == _CHOICE_EVENT and (found := _choice(event.attributes))
    ]


def tool_arguments(span: ReceivedSpan) -> object:
    """What a tool was given, of a span that tells it in an event; None if it does not."""
    given = (event.attributes for event in span.events if event.name == _TOOL_EVENT)
    return next((parsed(values.get("content")) for values in given), None)


def message_text(message: JsonObject, kind: str = "text") -> str:
    """The texts of a message; with ``kind`` "reasoning", what the model thought."""
    content = message.get("content")
    if isinstance(content, str):
        return content if kind == "text" else ""
    blocks = [block for block in tables(content) if block.get("type") == kind]
    return "\n".join(filter(None, (text(block.get("text")) for block in blocks)))


def message_of(value: object, role: str) -> JsonObject | None:
    """A message, of a text or an object; None if it says nothing."""
    if isinstance(value, str):
        return {"role": role, "content": value} if value else None
    given = table(value)
    given = table(given.get("message")) or given
    blocks = list(_blocks(given))
    if not blocks:
        return None
    only_text = len(blocks) == 1 and blocks[0].keys() == {"type", "text"}
    content = blocks[0]["text"] if only_text and blocks[0]["type"] == "text" else blocks
    return {"role": text(given.get("role")) or role, "content": content}


def _with_details(span: ReceivedSpan) -> JsonObject:
    values: JsonObject = {}
    for event in reversed(span.events):  # the first one counts, after the span itself
        if event.name in _DETAIL_EVENTS:
            values |= event.attributes
    return values | span.attributes if values else span.attributes


def _messages(
    values: JsonObject, whole: tuple[str, ...], flat: tuple[str, ...], role: str
) -> list[JsonObject]:
    for name in whole:
        if (given := values.get(name)) is not None:
            items = given if isinstance(given, list) else [given]
            return [it for one in items[:MAX_MESSAGES] if (it := message_of(one, role))]
    for name in flat:
        if items := flat_list(values, name):
            return [it for one in items[:MAX_MESSAGES] if (it := message_of(one, role))]
    return []


def _choice(values: JsonObject) -> JsonObject | None:
    message = parsed(values.get("message"))
    if isinstance(message, list):  # blocks, as Strands has them
        message = {"content": message}
    return message_of(message if isinstance(message, str | dict) else values, "assistant")


def _blocks(given: JsonObject) -> Iterator[JsonObject]:
    if given.get("role") == "tool" and "parts" not in given:
        yield _result(given, given.get("tool_call_id") or given.get("id"))
        return
    for name in ("content", "parts", "contents"):
        content = given.get(name)
        if isinstance(content, str) and content:
            yield {"type": "text", "text": content}
        for part in _listed(content):
            if block := _block(part):
                yield block
    for call in _listed(given.get("tool_calls")):
        yield _call(table(call))


def _listed(value: object) -> list[object]:
    """A list, also one that is an object with numbers as names."""
    if isinstance(value, dict) and value and all(name.isdecimal() for name in value):
        return [value[name] for name in sorted(value, key=int)]
    return value if isinstance(value, list) else []


def _block(part: object) -> JsonObject | None:
    if isinstance(part, str):
        return {"type": "text", "text": part} if part else None
    given = table(part)
    given = table(given.get("message_content")) or given
    kind = text(given.get("type")) or "text"
    if kind in ("tool_call", "tool_use"):
        return _call(given)
    if kind in ("tool_call_response", "tool_result"):
        return _result(given, given.get("id") or given.get("tool_use_id"))
    words = next((given[name] for name in _TEXT_NAMES if isinstance(given.get(name), str)), None)
    if words is not None:
        kind = "reasoning" if kind in ("reasoning", "thinking") else "text"
        return {"type": kind, "text": words}
    return _bedrock_block(given)


def _bedrock_block(given: JsonObject) -> JsonObject | None:
    if "toolUse" in given:
        return _call(table(given["toolUse"]))
    if "toolResult" in given:
        result = table(given["toolResult"])
        return _result(result, result.get("toolUseId"))
    thought = table(table(given.get("reasoningContent")).get("reasoningText"))
    if isinstance(words := thought.get("text"), str):
        return {"type": "reasoning", "text": words}
    return given or None


def _call(given: JsonObject) -> JsonObject:
    given = table(given.get("tool_call")) or given
    function = table(given.get("function")) or given
    arguments = next(
        (function[name] for name in ("arguments", "input", "args") if name in function), None
    )
    return {
        "type": "tool_call",
        "id": text(given.get("id") or given.get("toolUseId")),
        "name": text(function.get("name")),
        "arguments": parsed(arguments),
    }


def _result(given: JsonObject, id_: object) -> JsonObject:
    names = ("response", "result", "content", "contents")
    content = next((given[name] for name in names if name in given), None)
    return {"type": "tool_result", "id": text(id_), "content": content}


def flat_list(values: Mapping[str, object], prefix: str) -> list[object]:
    """The list in attributes ``prefix.0.…``, ``prefix.1.…``."""
    found: JsonObject = {}
    start = prefix + "."
    for name, value in values.items():
        if not name.startswith(start):
            continue
        path = name[len(start) :].split(".", _MAX_PATH)
        place = found
        for part in path[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[path[-1]] = value
    return _listed({name: value for name, value in found.items() if name.isdecimal()})
