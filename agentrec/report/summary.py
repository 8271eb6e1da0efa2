"""What a run comes to: sums over its events, in one pass and bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.json_values import amount
from agentrec.recording.events import EXIT
from agentrec.recording.markers import happened
from agentrec.report.event_text import short

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

KINDS = ("input", "output", "cache_read", "cache_write")
SLOWEST = 10  # operations that are named
ERRORS = 20  # errors that are named; all are counted
OPEN_CALLS = 10_000  # tool calls without a result that are remembered
FILES = 10_000  # changed files that are remembered
# Events about a file under the working directory, whoever tells them; `path` names it.
FILE_EVENTS = {("fs", "change"), ("sys", "file"), ("fs", "file")}
TROUBLES = {("sys", "trouble"), ("sys", "dropped")}  # what the recorder could not do or keep
TRACKS = ("agent", "llm", "tool", "sys", "fs")


class Operation(NamedTuple):
    """Something that took time. ``t`` in ns is when it had ended."""

    ms: float
    t: int
    what: str
    text: str


class Summary:
    """Feed it every event of TRACKS and the exit, then take ``as_data``."""

    def __init__(self) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.turns: dict[str, int] = {}
        self.messages = {"user": 0, "assistant": 0}
        self.models: dict[str, dict[str, Any]] = {}
        self.tools: dict[str, dict[str, Any]] = {}
        self.errors: list[dict[str, Any]] = []
        self.error_count = 0
        self.files: dict[str, int] = {}
        self.commands = {"run": 0, "failed": 0}
        self.troubles: list[dict[str, Any]] = []
        self.exit: dict[str, Any] | None = None
        self._slowest: list[Operation] = []
        self._open: dict[str, tuple[str, str, int]] = {}

    def feed(self, event: Event) -> None:
        """One event, in order."""
        data = event.data
        if not isinstance(data, dict):
            return
        if event.name == EXIT:
            self.exit = data
        elif event.track == "agent":
            self._agent(event, data)
        elif event.name == ("llm", "call"):
            self._call(event, data)
        elif event.track == "tool":
            self._tool(event, data)
        elif event.name in FILE_EVENTS:
            self._changed(data.get("path"))
        elif event.name == ("sys", "command"):
            self._command(event, data)
        elif event.name in TROUBLES and len(self.troubles) < ERRORS:
            self.troubles.append(data)

    def _agent(self, event: Event, data: dict[str, Any]) -> None:
        if event.kind == "session":
            keys = ("agent", "version", "session_id", "transcript", "cwd", "model")
            self.sessions.append({key: data[key] for key in keys if data.get(key)})
        elif event.kind == "turn":
            who = event.actor or ""
            self.turns[who] = self.turns.get(who, 0) + 1
        elif event.kind == "message" and not data.get("thinking"):
            role = str(data.get("role"))
            by_user = role == "user" and event.actor in (None, "user")  # not to a sub-agent
            if by_user or role == "assistant":
                self.messages[role] += 1
        elif event.kind == "lifecycle" and data.get("state") == "error":
            self._error(event, "agent", str(data.get("text", "")))

    def _command(self, event: Event, data: dict[str, Any]) -> None:
        text = short(data.get("text", ""))
        self.commands["run"] += 1
        took = data.get("duration_ms")
        self._took(took, happened(event) + round(_number(took) * 1e6), "shell", text)
        if data.get("exit"):
            self.commands["failed"] += 1
            self._error(event, "shell", text)

    def _changed(self, path: Any) -> None:
        if isinstance(path, str) and (path in self.files or len(self.files) < FILES):
            self.files[path] = self.files.get(path, 0) + 1

    def _call(self, event: Event, data: dict[str, Any]) -> None:
        model = str(data.get("model") or "?")
        sums = self.models.setdefault(
            model, {"calls": 0, **dict.fromkeys(KINDS, 0), "cost_usd": 0.0, "without_price": 0}
        )
        sums["calls"] += 1
        usage = data.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        for kind in KINDS:
            sums[kind] += _number(usage.get(kind))
        price = amount(data.get("cost_usd"))
        if price is not None:
            sums["cost_usd"] += price
        else:
            sums["without_price"] += 1
        self._took(data.get("duration_ms"), happened(event), "model", model)

    def _tool(self, event: Event, data: dict[str, Any]) -> None:
        span = event.span or str(data.get("id", ""))
        if event.kind == "call":
            name = str(data.get("name") or "?")
            self._count(name)["calls"] += 1
            if len(self._open) < OPEN_CALLS:
                self._open[span] = (name, short(data.get("input", "")), happened(event))
        elif event.kind == "result":
            ended = happened(event)
            name, text, began = self._open.pop(span, ("?", "", ended))
            sums = self._count(name)
            took = amount(data.get("duration_ms"))
            if took is None:  # nobody measured it
                took = (ended - began) / 1e6 or None
            sums["ms"] += _number(took)
            self._took(took, ended, name, text)
            if data.get("is_error"):
                sums["errors"] += 1
                self._error(event, name, text or short(data.get("output", "")))

    def _count(self, name: str) -> dict[str, Any]:
        return self.tools.setdefault(name, {"calls": 0, "errors": 0, "ms": 0})

    def _took(self, ms: Any, ended: int, what: str, text: str) -> None:
        if amount(ms) is None:
            return
        self._slowest.append(Operation(ms, ended, what, text))
        if len(self._slowest) >= 10 * SLOWEST:
            self._slowest = self._top()

    def _top(self) -> list[Operation]:
        return sorted(self._slowest, key=lambda operation: -operation.ms)[:SLOWEST]

    def _error(self, event: Event, what: str, text: str) -> None:
        self.error_count += 1
        if len(self.errors) < ERRORS:
            self.errors.append({"t": happened(event) / 1e9, "what": what, "text": text[:400]})

    def as_data(self) -> dict[str, Any]:
        """Everything as one JSON object. Times in seconds, durations in milliseconds.

        ``cost_usd`` is the sum of the calls that have a price (null when none has); ``without_price``
        says how many have none.
        """
        sums = self.models.values()
        priced = any(model["calls"] > model["without_price"] for model in sums)
        return {
            "sessions": self.sessions,
            "turns": sum(self.turns.values()),
            "turns_by_actor": self.turns,
            "messages": self.messages,
            "tokens": {kind: sum(model[kind] for model in sums) for kind in KINDS},
            "cost_usd": round(sum(m["cost_usd"] for m in sums), 6) if priced else None,
            "without_price": sum(model["without_price"] for model in sums),
            "models": {
                name: {**model, "cost_usd": _cost(model)} for name, model in self.models.items()
            },
            "tools": dict(sorted(self.tools.items(), key=lambda item: -item[1]["calls"])),
            "slowest": [
                {"what": o.what, "text": o.text, "ms": o.ms, "t": o.t / 1e9} for o in self._top()
            ],
            "errors": self.error_count,
            "first_errors": self.errors,
            "commands": self.commands,
            "troubles": self.troubles,
            "files": dict(sorted(self.files.items())),
            "exit": self.exit,
        }


def summarize(recording: Recording) -> dict[str, Any]:
    """Everything `agentrec summary` says, as a JSON object."""
    from agentrec.report import pricing

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
        "duration": recording.duration / 1e9,
        **summary.as_data(),
        "prices_as_of": pricing.as_of(),
    }


def _cost(model: dict[str, Any]) -> float | None:
    return round(model["cost_usd"], 6) if model["calls"] > model["without_price"] else None


def _number(value: Any) -> Any:
    return amount(value) or 0
