"""An event in full, as parts to read: messages, tool calls with their results, anything else as JSON."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import AgentMessage
from agentrec.recording.events.decode import decode
from agentrec.recording.events.mark import MarkNote
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.report.event_text import milliseconds
from agentrec.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.recording.events import Event

# Names of arguments whose value is code: of a shell, or of the file that is written.
_COMMANDS, _CONTENTS = ("command", "cmd"), ("content", "file_text")
_PATHS = ("file_path", "path")
_EDIT = ("old_string", "new_string")


class EventPart(NamedTuple):
    """Lines under a heading. ``kind`` is ``file``, ``diff`` or ``note``; ``name`` tells the language."""

    heading: str
    kind: str
    name: str
    lines: list[str]


def parts_of(event: Event, result: Event | None = None) -> list[EventPart]:
    """``result`` is that of a tool call, if there is one."""
    record = decode(event)
    match record:
        case AgentMessage(role=role, text=text):
            return [_part(role or "message", "file", "message.md", text)]
        case MarkNote(text=text):
            return [_part("note", "note", "", text)]
        case ToolCall(name=name, input=given):
            return [*_input(name or "tool", given), *_result(result)]
        case ToolResult():
            return list(_result(event))
    text = json.dumps(event.data, indent=2, ensure_ascii=False, default=str)
    return [_part(f"{event.track}/{event.kind}", "file", "event.json", text)]


def _input(tool: str, given: object) -> Iterator[EventPart]:
    if not isinstance(given, dict):
        yield _part(tool, "note", "", _as_text(given))
        return
    path = next((str(given[name]) for name in _PATHS if given.get(name)), "")
    yield EventPart(tool, "note", "", [])
    for name, value in given.items():
        if name not in _EDIT:
            kind, language = _language(name, path)
            yield _part(str(name), kind, language, _as_text(value))
    if all(isinstance(given.get(name), str) for name in _EDIT):
        yield _edit(given, path)


def _edit(given: Mapping[str, str], path: str) -> EventPart:
    """An edit as a diff."""
    before, after = (_lines(given[name]) for name in _EDIT)
    path = printable(path)
    name = path.removeprefix("/")
    lines = unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="", n=len(before))
    return EventPart("edit", "diff", path, list(lines))


def _language(name: object, path: str) -> tuple[str, str]:
    if name in _COMMANDS:
        return "file", "command.sh"
    return ("file", path) if name in _CONTENTS and path else ("note", "")


def _result(event: Event | None) -> Iterator[EventPart]:
    record = decode(event) if event else None
    if not isinstance(record, ToolResult):
        yield EventPart("no result", "note", "", [])
        return
    facts = ["result", "failed" if record.failed else ""]
    if record.exit_code:
        facts.append(f"exit {record.exit_code}")
    if record.duration_ms is not None:
        facts.append(milliseconds(record.duration_ms))
    output = record.output if record.output is not None else record.error
    yield _part(", ".join(filter(None, facts)), "note", "", _as_text(output) or "(empty)")


def _part(heading: str, kind: str, name: str, text: str) -> EventPart:
    return EventPart(printable(heading), kind, name, _lines(text))


def _lines(text: str) -> list[str]:
    return [printable(line.expandtabs()) for line in text.splitlines()]


def _as_text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
