"""Actions of the AgentOS replay API: a JSON array. `agentrec serve` answers with the same."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from agentrec.errors import FormatError
from agentrec.export.conversion import DEFAULT_SIZE, ImportedRecording, Notes, Source
from agentrec.json_values import JsonObject, amount, table, text
from agentrec.recording.events import Event
from agentrec.recording.events.llm import Usage
from agentrec.times import NS_PER_MS, format_rfc3339_exact

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 64 << 20
_MAX_MS = 1 << 43


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when it is not an array of actions."""
    raw = source.stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise FormatError(
            f"{source.name} is too large", f"at most {MAX_FILE_BYTES >> 20} MB are read"
        )
    try:
        actions = json.loads(raw, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise FormatError(f"{source.name} is broken JSON") from None
    if not isinstance(actions, list):
        raise FormatError(f"{source.name} has no actions")
    notes = Notes()
    known = [action for action in actions if isinstance(action, dict)]
    if len(known) < len(actions):
        notes.add("an action was left out: it is broken", len(actions) - len(known))
    times = [t for action in known if (t := _ms(action)) is not None]
    first = known[0] if known else {}
    header: JsonObject = {"cols": DEFAULT_SIZE[0], "rows": DEFAULT_SIZE[1]}
    header |= {"id": name, "title": name} if (name := text(first.get("sessionId"))) else {}
    if times and (created := format_rfc3339_exact(min(times) * NS_PER_MS)):
        header["created"] = created
    return ImportedRecording(header, _events(known, min(times, default=0), notes), notes)


def _events(actions: list[JsonObject], began: int, notes: Notes) -> Iterator[Event]:
    """Events in the order of the file; a result belongs to the first open call of its tool."""
    t = 0
    open_calls: dict[str, list[str]] = defaultdict(list)
    for seq, action in enumerate(actions):
        at = _ms(action)
        t = max(t, (at - began) * NS_PER_MS) if at is not None else t
        data, took = table(action.get("data")), amount(action.get("durationMs"))
        actor = text(action.get("agentId")) or None
        kind, tool = text(action.get("action")), text(data.get("toolId"))
        span = f"a{seq}"
        if kind == "tool_call":
            open_calls[tool].append(span)
            given = data.get("input", data.get("args", data))
            yield Event(seq, t, "tool", "call", {"name": tool, "input": given}, span, None, actor)
        elif kind == "tool_result":
            span = open_calls[tool].pop(0) if open_calls[tool] else span
            yield Event(seq, t, "tool", "result", _result(tool, data, took), span, None, actor)
        elif kind == "llm_call":
            yield Event(seq, t, "llm", "call", _call(data, took), span, None, actor)
        else:
            memory = {"op": text(data.get("op")) or kind, "key": text(data.get("key"))}
            value = {"value": data["value"]} if "value" in data else {}
            yield Event(seq, t, "step", "memory", {**memory, **value}, None, None, actor)
            if kind != "memory_op":
                notes.add("actions of other kinds became memory operations")


def _result(tool: str, data: JsonObject, took: float | None) -> JsonObject:
    error = data.get("error")
    result = {"name": tool, "output": data.get("output", data.get("result")), "error": error}
    result |= {"duration_ms": took, "is_error": bool(error)}
    return {name: value for name, value in result.items() if value is not None}


def _call(data: JsonObject, took: float | None) -> JsonObject:
    usage = table(data.get("usage")) or data
    counts = {
        "input": usage.get("input", usage.get("inputTokens", usage.get("tokensIn"))),
        "output": usage.get("output", usage.get("outputTokens", usage.get("tokensOut"))),
        "cache_read": usage.get("cache_read"),
        "cache_write": usage.get("cache_write"),
    }
    cost = amount(data.get("cost_usd", data.get("cost", usage.get("cost"))))
    call = {
        "model": text(data.get("model")),
        "usage": Usage.from_data(counts).as_data(),
        "cost_usd": cost,
        "duration_ms": took,
    }
    return {name: value for name, value in call.items() if value is not None}


def _ms(action: JsonObject) -> int | None:
    value = amount(action.get("timestamp"))
    return round(value) if value is not None and 0 <= value < _MAX_MS else None
