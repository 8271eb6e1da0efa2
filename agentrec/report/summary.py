"""Sums over the events of a run, in one pass and bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.json_values import amount, table
from agentrec.recording.events import EXIT
from agentrec.recording.markers import happened
from agentrec.report import pricing
from agentrec.report.event_text import short
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

TOKEN_KINDS = ("input", "output", "cache_read", "cache_write")
MAX_SLOWEST = 10
# Errors that are listed; all are counted.
MAX_ERRORS = 20
MAX_ERROR_TEXT_CHARS = 400
# Tool calls without a result, and changed files, that are remembered.
MAX_OPEN_CALLS = 10_000
MAX_FILES = 10_000
# Events about a file under the working directory, from any source; `path` names it.
FILE_EVENTS = {("fs", "change"), ("sys", "file"), ("fs", "file")}
# What the recorder could not do or keep.
TROUBLE_EVENTS = {("sys", "trouble"), ("sys", "dropped")}
TRACKS = ("agent", "llm", "tool", "sys", "fs")
_SESSION_FIELDS = ("agent", "version", "session_id", "transcript", "cwd", "model")


class Operation(NamedTuple):
    """Something that took time. ``t`` in ns is when it had ended."""

    ms: float
    t: int
    what: str
    text: str


@dataclass(slots=True)
class ModelTotals:
    """Calls of one model; ``without_price`` of them have no cost."""

    calls: int = 0
    tokens: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TOKEN_KINDS, 0))
    cost_usd: float = 0.0
    without_price: int = 0

    def as_data(self) -> dict[str, Any]:
        cost = round(self.cost_usd, 6) if self.calls > self.without_price else None
        return {
            "calls": self.calls,
            **self.tokens,
            "cost_usd": cost,
            "without_price": self.without_price,
        }


@dataclass(slots=True)
class ToolTotals:
    """Calls of one tool, and how long they took."""

    calls: int = 0
    errors: int = 0
    ms: float = 0

    def as_data(self) -> dict[str, Any]:
        return {"calls": self.calls, "errors": self.errors, "ms": self.ms}


class Summary:
    """Feed it every event of TRACKS and the exit, then call ``as_data``."""

    def __init__(self) -> None:
        self._sessions: list[JsonObject] = []
        self._turns: dict[str, int] = {}
        self._messages = {"user": 0, "assistant": 0}
        self._models: dict[str, ModelTotals] = {}
        self._tools: dict[str, ToolTotals] = {}
        self._errors: list[JsonObject] = []
        self._error_count = 0
        self._files: dict[str, int] = {}
        self._commands = {"run": 0, "failed": 0}
        self._troubles: list[JsonObject] = []
        self._exit: JsonObject | None = None
        self._operations: list[Operation] = []
        # By span: name of the tool, its input in one line, and when it was called.
        self._open_calls: dict[str, tuple[str, str, int]] = {}

    def feed(self, event: Event) -> None:
        """One event, in order."""
        data = event.data
        if not isinstance(data, dict):
            return
        if event.name == EXIT:
            self._exit = data
        elif event.track == "agent":
            self._agent(event, data)
        elif event.name == ("llm", "call"):
            self._model_call(event, data)
        elif event.name == ("tool", "call"):
            self._tool_call(event, data)
        elif event.name == ("tool", "result"):
            self._tool_result(event, data)
        elif event.name in FILE_EVENTS:
            self._changed_file(data.get("path"))
        elif event.name == ("sys", "command"):
            self._command(event, data)
        elif event.name in TROUBLE_EVENTS and len(self._troubles) < MAX_ERRORS:
            self._troubles.append(data)

    def _agent(self, event: Event, data: JsonObject) -> None:
        if event.kind == "session":
            self._sessions.append({key: data[key] for key in _SESSION_FIELDS if data.get(key)})
        elif event.kind == "turn":
            actor = event.actor or ""
            self._turns[actor] = self._turns.get(actor, 0) + 1
        elif event.kind == "message" and not data.get("thinking"):
            role = str(data.get("role"))
            by_user = role == "user" and event.actor in (None, "user")  # not to a sub-agent
            if by_user or role == "assistant":
                self._messages[role] += 1
        elif event.kind == "lifecycle" and data.get("state") == "error":
            self._error(event, "agent", str(data.get("text", "")))

    def _command(self, event: Event, data: JsonObject) -> None:
        text = short(data.get("text", ""))
        self._commands["run"] += 1
        duration = data.get("duration_ms")
        ended = happened(event) + round(_number(duration) * NS_PER_MS)
        self._operation(duration, ended, "shell", text)
        if data.get("exit"):
            self._commands["failed"] += 1
            self._error(event, "shell", text)

    def _changed_file(self, path: object) -> None:
        if isinstance(path, str) and (path in self._files or len(self._files) < MAX_FILES):
            self._files[path] = self._files.get(path, 0) + 1

    def _model_call(self, event: Event, data: JsonObject) -> None:
        model = str(data.get("model") or "?")
        totals = self._models.setdefault(model, ModelTotals())
        totals.calls += 1
        usage = table(data.get("usage"))
        for kind in TOKEN_KINDS:
            totals.tokens[kind] += _number(usage.get(kind))
        cost = amount(data.get("cost_usd"))
        if cost is None:
            totals.without_price += 1
        else:
            totals.cost_usd += cost
        self._operation(data.get("duration_ms"), happened(event), "model", model)

    def _tool_call(self, event: Event, data: JsonObject) -> None:
        name = str(data.get("name") or "?")
        self._tools.setdefault(name, ToolTotals()).calls += 1
        if len(self._open_calls) < MAX_OPEN_CALLS:
            text = short(data.get("input", ""))
            self._open_calls[_span(event, data)] = (name, text, happened(event))

    def _tool_result(self, event: Event, data: JsonObject) -> None:
        ended = happened(event)
        name, text, began = self._open_calls.pop(_span(event, data), ("?", "", ended))
        totals = self._tools.setdefault(name, ToolTotals())
        duration = amount(data.get("duration_ms"))
        if duration is None:  # not measured
            duration = (ended - began) / NS_PER_MS or None
        totals.ms += _number(duration)
        self._operation(duration, ended, name, text)
        if data.get("is_error"):
            totals.errors += 1
            self._error(event, name, text or short(data.get("output", "")))

    def _operation(self, duration_ms: object, ended: int, what: str, text: str) -> None:
        ms = amount(duration_ms)
        if ms is None:
            return
        self._operations.append(Operation(ms, ended, what, text))
        if len(self._operations) >= 10 * MAX_SLOWEST:
            self._operations = self._slowest()

    def _slowest(self) -> list[Operation]:
        return sorted(self._operations, key=lambda operation: -operation.ms)[:MAX_SLOWEST]

    def _error(self, event: Event, what: str, text: str) -> None:
        self._error_count += 1
        if len(self._errors) < MAX_ERRORS:
            t = happened(event) / NS_PER_SECOND
            self._errors.append({"t": t, "what": what, "text": text[:MAX_ERROR_TEXT_CHARS]})

    def as_data(self) -> dict[str, Any]:
        """Return everything as one JSON object. Times in seconds, durations in milliseconds.

        ``cost_usd`` is the sum of the calls that have a price (null when none has); ``without_price``
        is the number of the others.
        """
        models = self._models.values()
        priced = any(model.calls > model.without_price for model in models)
        tools = sorted(self._tools.items(), key=lambda item: -item[1].calls)
        return {
            "sessions": self._sessions,
            "turns": sum(self._turns.values()),
            "turns_by_actor": self._turns,
            "messages": self._messages,
            "tokens": {kind: sum(model.tokens[kind] for model in models) for kind in TOKEN_KINDS},
            "cost_usd": round(sum(model.cost_usd for model in models), 6) if priced else None,
            "without_price": sum(model.without_price for model in models),
            "models": {name: totals.as_data() for name, totals in self._models.items()},
            "tools": {name: totals.as_data() for name, totals in tools},
            "slowest": [
                {"what": o.what, "text": o.text, "ms": o.ms, "t": o.t / NS_PER_SECOND}
                for o in self._slowest()
            ],
            "errors": self._error_count,
            "first_errors": self._errors,
            "commands": self._commands,
            "troubles": self._troubles,
            "files": dict(sorted(self._files.items())),
            "exit": self._exit,
        }


def summarize(recording: Recording) -> dict[str, Any]:
    """Return what `agentrec summary` prints, as a JSON object."""
    summary = Summary()
    for event in recording.events(tracks=(*TRACKS, "term")):
        summary.feed(event)
    header = recording.header
    return {
        "file": recording.path,
        "id": header.get("id"),
        "title": header.get("title"),
        "command": header.get("command"),
        "created": header.get("created"),
        "duration": recording.duration / NS_PER_SECOND,
        **summary.as_data(),
        "prices_as_of": pricing.as_of(),
    }


def _span(event: Event, data: JsonObject) -> str:
    return event.span or str(data.get("id", ""))


def _number(value: object) -> float:
    return amount(value) or 0
