"""Events in words, one line each: what `agentrec events` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.recording.events import EXIT, MOMENT, REDACTED, RESIZE
from agentrec.recording.exit_text import exit_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.recording.events import Event

LOOK = 400  # characters of a text that are looked at
_MOST = 1e15  # milliseconds, dollars: more is nobody's
# What a tool's input is about, the most telling first.
_TELLING = (
    "command",
    "cmd",
    "file_path",
    "path",
    "pattern",
    "query",
    "url",
    "description",
    "prompt",
)


def line(event: Event) -> str:
    """What happened, without its time; may hold control characters of what was recorded."""
    data = event.data
    if isinstance(data, bytes):
        return f"{len(data):,} bytes  {data[:LOOK].decode(errors='replace')}"
    words = _WORDS.get(event.name)
    if words:
        return words(data)
    return short(data)


def short(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return " ".join(value[:LOOK].split())
    if isinstance(value, dict):
        for name in _TELLING:
            if isinstance(value.get(name), str | list) and value[name]:
                return short(value[name])
        pairs = (f"{name}={short(inner)}" for name, inner in value.items() if inner is not None)
        return " ".join(pairs)[:LOOK]
    if isinstance(value, list):
        return " ".join(short(inner) for inner in value[:20])[:LOOK]
    return str(value)


def tokens(usage: Any) -> str:
    """``4 in, 30 out, 5,639 cached``: the counts that are not 0."""
    if not isinstance(usage, dict):
        return ""
    named = (
        ("input", "in"),
        ("output", "out"),
        ("cache_read", "cached"),
        ("cache_write", "written"),
    )
    parts = (f"{usage[key]:,} {word}" for key, word in named if type(usage.get(key)) is int)
    return ", ".join(part for part in parts if not part.startswith("0 "))


def dollars(amount: Any) -> str:
    """``$0.0362``; empty for a cost that nobody knows."""
    if not isinstance(amount, int | float) or abs(amount) > _MOST:
        return ""
    return f"${amount:.4f}" if amount < 1 else f"${amount:,.2f}"


def milliseconds(value: Any) -> str:
    """``77 ms``, ``3.2 s``; empty for a duration that nobody knows."""
    if not isinstance(value, int | float) or abs(value) > _MOST:
        return ""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:,.1f} s"


def asked(event: Event) -> str:
    """What a message of the user says, in one line; empty for any other event."""
    data = event.data
    by_user = event.name == ("agent", "message") and event.actor in (None, "user")
    if not by_user or not isinstance(data, dict) or data.get("role") != "user":
        return ""
    return " ".join(str(data.get("text", ""))[:1000].split())[:500]


def _message(data: dict[str, Any]) -> str:
    who = "thinking" if data.get("thinking") else data.get("role", "")
    return f"{who}: {short(data.get('text', ''))}"


def _call(data: dict[str, Any]) -> str:
    took = milliseconds(data.get("duration_ms"))
    parts = (tokens(data.get("usage")), dollars(data.get("cost_usd")), took)
    return f"{data.get('model', '')}: " + ", ".join(part for part in parts if part)


def _tool(data: dict[str, Any]) -> str:
    return f"{data.get('name', '')}  {short(data.get('input', ''))}"


def _result(data: dict[str, Any]) -> str:
    code = data.get("exit_code")
    how = "failed" if data.get("is_error") else "ok"
    took = milliseconds(data.get("duration_ms"))
    parts = (how, "" if code is None else f"exit {code}", took)
    return ", ".join(part for part in parts if part) + f"  {short(data.get('output', ''))}"


def _state(data: dict[str, Any]) -> str:
    rest = {name: data[name] for name in ("tool", "input", "text", "reason") if data.get(name)}
    return f"{data.get('state', '')}  {short(rest)}".rstrip()


def _process(data: dict[str, Any]) -> str:
    return _ran(short(data.get("argv", "")), data)


def _command(data: dict[str, Any]) -> str:
    return _ran(short(data.get("text", "")), data)


def _ran(what: str, data: dict[str, Any]) -> str:
    code, signal = data.get("exit"), data.get("signal")
    how = exit_text({"code": code, "signal": signal}) if code is not None or signal else ""
    parts = [part for part in (how, milliseconds(data.get("duration_ms"))) if part]
    return f"{', '.join(parts)}  {what}" if parts else what


def _snapshot(data: dict[str, Any]) -> str:
    changed = data.get("changed")
    files = f"  {changed} changed" if isinstance(changed, int) else ""
    return f"{data.get('id', '')}  {short(data.get('label', ''))}{files}"


_WORDS: dict[tuple[str, str], Callable[[dict[str, Any]], str]] = {
    EXIT: exit_text,
    MOMENT: lambda data: str(data.get("label", "")),
    REDACTED: lambda data: f"hidden: {data.get('reason', '')}",
    RESIZE: lambda data: f"{data.get('cols')}x{data.get('rows')}",
    ("agent", "message"): _message,
    ("agent", "lifecycle"): _state,
    ("agent", "turn"): lambda data: f"turn {data.get('n')}",
    ("agent", "session"): lambda data: f"{data.get('agent')} {data.get('session_id')}",
    ("agent", "conversation"): lambda data: f"after message {data.get('messages')}",
    ("llm", "call"): _call,
    ("fs", "snapshot"): _snapshot,
    ("mark", "note"): lambda data: short(data.get("text", "")),
    ("sys", "command"): _command,
    ("sys", "file"): lambda data: f"{data.get('what', '')}  {short(data.get('path', ''))}",
    ("sys", "process"): _process,
    ("tool", "call"): _tool,
    ("tool", "result"): _result,
}
