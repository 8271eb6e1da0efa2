"""Events as one line each, for the side panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.json_values import amount
from agentrec.recording.events import EXIT, INPUT, OUTPUT, RESIZE
from agentrec.recording.exit_text import ending
from agentrec.text import one_line
from agentrec.tui.draw.timeline_cells import MARK_SIGNS
from agentrec.tui.words import size_text

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.markers import Point

_SIGNS = {"agent": "\u203a", "llm": "∴", "tool": "▸", "fs": "●", "guard": "!"}
# What programs note for themselves: it would only push aside what people look for.
_LEFT_OUT = (("agent", "turn"), ("agent", "conversation"), ("sys", "process"))
_LIMIT = 300  # characters of a value that are looked at


class Item(NamedTuple):
    """A line of the panel: a sign and its role (see theme), and what happened at ``t``."""

    t: int
    sign: str
    role: str
    text: str


def of_point(point: Point) -> Item:
    return Item(point.t, MARK_SIGNS[point.kind], point.kind, one_line(point.label or point.id))


def of_event(event: Event) -> Item | None:
    """The line for an event, None for what the panel leaves out: bytes, moments, bookkeeping."""
    data = event.data
    left_out = event.name in (OUTPUT, INPUT, *_LEFT_OUT) or event.track == "mark"
    if left_out or not isinstance(data, dict):
        return None
    sign, role, text = _line(event, data)
    if is_error(event):
        sign, role = MARK_SIGNS["error"], "error"
    return Item(event.t, sign, role, one_line(text))


def is_error(event: Event) -> bool:
    """Whether something went wrong: a program that failed, a tool call that did."""
    data = event.data
    if not isinstance(data, dict):
        return False
    if event.name == EXIT:
        return bool(data.get("code") or data.get("signal"))
    if event.name == ("sys", "command"):
        return bool(data.get("exit"))
    failed = data.get("status") in ("error", "failed") or data.get("ok") is False
    return bool(data.get("is_error") or data.get("error")) or failed


def _line(event: Event, data: dict[str, Any]) -> tuple[str, str, str]:
    sign = _SIGNS.get(event.track, "·")
    if event.name == ("agent", "message"):
        return _message(data)
    if event.name == ("tool", "call"):
        return sign, "tool", f"{_first(data, 'name', 'tool') or 'tool'} {_subject(data)}".rstrip()
    if event.name == ("tool", "result"):
        return "↳", "dim", _first(data, "output", "content", "error", "name") or "done"
    if event.name == ("llm", "call"):
        return sign, "llm", _model_call(data)
    if event.name == ("agent", "lifecycle"):
        return "·", "dim", f"agent {_first(data, 'state')}"
    role = event.track if event.track in ("agent", "llm", "tool") else "dim"
    return sign, role, _other(event, data)


def _message(data: dict[str, Any]) -> tuple[str, str, str]:
    text = _first(data, "text", "content")
    if data.get("thinking"):
        return "…", "dim", text
    return ("\u276f", "branch", text) if data.get("role") == "user" else ("\u203a", "agent", text)


def _subject(data: dict[str, Any]) -> str:
    """What a tool is called on: a file's name without its directories, or a command."""
    given = data.get("input")
    if not isinstance(given, dict):
        return _first(data, "input", "command")
    path = _first(given, "file_path", "path", "filename")
    return path.rstrip("/").rpartition("/")[2] if path else _first(given, *_TELLING, *given)


_TELLING = ("command", "cmd", "query", "pattern", "url", "description", "prompt")


def _model_call(data: dict[str, Any]) -> str:
    usage = data.get("usage")
    parts = []
    cost = amount(data.get("cost_usd"))
    if cost is not None:
        parts.append(f"${cost:.3f}")
    if isinstance(usage, dict) and isinstance(usage.get("output"), int):
        parts.append(f"{usage['output']:,} tokens")
    return " · ".join([*parts, _first(data, "model") or "model call"])


def _other(event: Event, data: dict[str, Any]) -> str:
    if event.name == RESIZE:
        return f"resized to {size_text(data.get('cols', 0), data.get('rows', 0))}"
    if event.name == EXIT:
        return ending(data)
    if event.name == ("sys", "file"):
        return f"{_first(data, 'what') or 'file'} {_first(data, 'path')}".rstrip()
    if event.name == ("fs", "snapshot"):
        return f"snapshot {_first(data, 'label', 'id')}".rstrip()
    head = _first(data, "name", "agent", "role", "model", "reason", "state")
    body = _first(data, "text", "message", "content", "command", "error", "label", "status")
    known = " ".join(part for part in (head, body) if part)
    return f"{event.kind} {known}" if known else f"{event.track} {event.kind}"


def _first(data: dict[str, Any], *names: str) -> str:
    """The first of these values that can be said, its first lines only."""
    for name in names:
        value = data.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = " ".join(value)
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()[:_LIMIT]
    return ""
