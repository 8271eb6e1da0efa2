"""Events as one line each, for the side panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.recording.events import EXIT, INPUT, OUTPUT, RESIZE
from agentrec.tui.track import MARKS
from agentrec.tui.words import TIMES, printable

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.points import Point

_GLYPHS = {
    "agent": "\u203a",
    "llm": "∴",
    "tool": "▸",
    "sys": "·",
    "fs": "●",
    "guard": "!",
    "term": "·",
}
_LIMIT = 300  # characters of a value that are looked at


class Item(NamedTuple):
    """A line of the panel: a sign and its role (see theme), and what happened at ``t``."""

    t: int
    sign: str
    role: str
    text: str


def of_point(point: Point) -> Item:
    return Item(point.t, MARKS[point.kind], point.kind, printable(point.label or point.id))


def of_event(event: Event) -> Item | None:
    """The line for an event, None for what the panel leaves out: bytes, and moments."""
    if event.name in (OUTPUT, INPUT) or event.track == "mark" or not isinstance(event.data, dict):
        return None
    role = event.track if event.track in ("agent", "llm", "tool") else "dim"
    text = printable(_text(event, event.data))
    if is_error(event):
        return Item(event.t, MARKS["error"], "error", text)
    return Item(event.t, _GLYPHS.get(event.track, "·"), role, text)


def is_error(event: Event) -> bool:
    """Whether something went wrong: a program that failed, a tool call that did."""
    data = event.data
    if not isinstance(data, dict):
        return False
    if event.name == EXIT:
        return bool(data.get("code") or data.get("signal"))
    failed = data.get("status") in ("error", "failed") or data.get("ok") is False
    return bool(data.get("is_error") or data.get("error")) or failed


def _text(event: Event, data: dict[str, Any]) -> str:
    if event.name == RESIZE:
        return f"resized to {data.get('cols')}{TIMES}{data.get('rows')}"
    if event.name == EXIT:
        signal = data.get("signal")
        return f"killed by signal {signal}" if signal else f"exit {data.get('code')}"
    head = _first(data, "name", "tool", "role", "model", "reason")
    body = _first(
        data, "text", "message", "content", "command", "input", "error", "label", "status"
    )
    known = " ".join(part for part in (head, body) if part)
    return f"{event.kind} {known}" if known else f"{event.track} {event.kind}"


def _first(data: dict[str, Any], *names: str) -> str:
    for name in names:
        value = data.get(name)
        if isinstance(value, dict):
            value = _first(value, "command", "file_path", "path", "text", "query") or str(value)
        if isinstance(value, str | int | float) and str(value):
            return str(value)[:_LIMIT]
    return ""
