"""Sums over the events of a run, in one pass and bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.recording.events.agent import (
    USER,
    AgentLifecycle,
    AgentMessage,
    AgentSession,
    AgentTurn,
)
from agentrec.recording.events.decode import Raw, decode
from agentrec.recording.events.guard import GuardFinding, GuardLimit
from agentrec.recording.events.llm import TOKEN_KINDS, LlmCall
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.step import StepDone, StepEnd, StepError, same_error
from agentrec.recording.events.sys import (
    SysCommand,
    SysConnection,
    SysDropped,
    SysFile,
    SysSigner,
    SysTrouble,
)
from agentrec.recording.events.term import TermExit
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.format.work_limit import Cost
from agentrec.recording.markers import happened
from agentrec.report import pricing
from agentrec.report.event_text import address_text, record_line, short, subject
from agentrec.report.model_calls import LatestCalls
from agentrec.report.transaction_totals import TransactionList
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.events.record import EventRecord
    from agentrec.recording.reader import Recording

MAX_SLOWEST = 10
# Errors that are listed; all are counted.
MAX_ERRORS = 20
MAX_ERROR_TEXT_CHARS = 400
# Tool calls without a result, and changed files, that are remembered.
MAX_OPEN_CALLS = 10_000
MAX_FILES = 10_000
MAX_ADDRESSES = 1000
MAX_FINDINGS = 100
TRACKS = ("agent", "llm", "tool", "step", "sys", "guard", "mark")
_COST = Cost(event=10_000)
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
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOKEN_KINDS, 0))
    cost_usd: float = 0.0
    without_price: int = 0

    def add(self, call: LlmCall, times: int = 1) -> None:
        """Add a call; take it away again with ``times`` -1."""
        self.calls += times
        for kind, count in zip(TOKEN_KINDS, call.usage, strict=False):
            self.tokens[kind] += times * count
        self.cost_usd += times * (call.cost_usd or 0.0)
        self.without_price += times * (call.cost_usd is None)

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


@dataclass(slots=True)
class AddressTotals:
    """Connections to one address; bytes at least."""

    connections: int = 0
    sent: int = 0
    received: int = 0

    def add(self, seen: SysConnection) -> None:
        self.connections += 1
        self.sent += seen.sent or 0
        self.received += seen.received or 0

    def as_data(self) -> dict[str, Any]:
        return {"connections": self.connections, "sent": self.sent, "received": self.received}


class Summary:
    """Feed it every event of TRACKS and the exit, then call ``as_data``."""

    def __init__(self) -> None:
        self._sessions: list[JsonObject] = []
        self._turns: dict[str, int] = {}
        self._messages = {"user": 0, "assistant": 0}
        self._models: dict[str, ModelTotals] = {}
        self._calls: LatestCalls[ModelTotals] = LatestCalls()
        self._tools: dict[str, ToolTotals] = {}
        self._errors: list[JsonObject] = []
        self._error_count = 0
        self._files: dict[str, int] = {}
        self._addresses: dict[str, AddressTotals] = {}
        self._commands = {"run": 0, "failed": 0}
        self._troubles: list[JsonObject] = []
        self._limits: list[str] = []
        self._signed_by: str | None = None
        self._transactions = TransactionList()
        self._findings: list[JsonObject] = []
        self._finding_counts: dict[str, int] = {}
        self._exit: JsonObject | None = None
        self._step_error: object = None  # of the last step that failed
        self._run_errors: list[JsonObject] = []  # of runs inside the program
        self._operations: list[Operation] = []
        # By span: name of the tool, its input in one line, and when it was called.
        self._open_calls: dict[str, tuple[str, str, int]] = {}

    def feed(self, event: Event, record: EventRecord | Raw) -> None:
        """One event, in order, and its record."""
        match record:
            case Raw():
                return
            case TermExit() as end:
                self._exit = end.data
            case AgentSession() | AgentTurn() | AgentMessage() | AgentLifecycle():
                self._agent(event, record)
            case LlmCall() as call:
                self._model_call(event, call)
            case ToolCall() as call:
                self._tool_call(event, call)
            case ToolResult() as result:
                self._tool_result(event, result)
            case (StepEnd() | StepError()) as step if step.failed:
                self._step_error = step.error
                self._error(event, step.node or "step", str(record_line(step)))
            case StepDone(error=error) as done if error and not same_error(error, self._step_error):
                if len(self._run_errors) < MAX_ERRORS:
                    self._run_errors.append(_error_row(event, "run", str(record_line(done))))
            case SysCommand() as command:
                self._command(event, command)
            case _:
                self._machine(record)

    def _machine(self, record: EventRecord) -> None:
        match record:
            case SysFile(path=path) if path:
                if path in self._files or len(self._files) < MAX_FILES:
                    self._files[path] = self._files.get(path, 0) + 1
            case SysConnection() as seen:
                self._connection(seen)
            case GuardLimit(text=text) if len(self._limits) < MAX_ERRORS:
                self._limits.append(text[:MAX_ERROR_TEXT_CHARS])
            case MarkMoment(transaction=about) if about:
                self._transactions.feed(about)
            case GuardFinding() as finding:
                self._finding(finding)
            case SysSigner(fingerprint=fingerprint):
                self._signed_by = self._signed_by or fingerprint
            case (SysTrouble() | SysDropped()) as trouble if len(self._troubles) < MAX_ERRORS:
                self._troubles.append(trouble.data)

    def _connection(self, seen: SysConnection) -> None:
        where = address_text(seen)
        if where in self._addresses or len(self._addresses) < MAX_ADDRESSES:
            self._addresses.setdefault(where, AddressTotals()).add(seen)

    def _agent(self, event: Event, record: EventRecord) -> None:
        match record:
            case AgentSession():
                fields = {name: getattr(record, name) for name in _SESSION_FIELDS}
                self._sessions.append({name: text for name, text in fields.items() if text})
            case AgentTurn():
                actor = event.actor or ""
                self._turns[actor] = self._turns.get(actor, 0) + 1
            case AgentMessage():
                self._message(event, record)
            case AgentLifecycle(failed=True, text=text):
                self._error(event, "agent", text)

    def _message(self, event: Event, message: AgentMessage) -> None:
        role = message.role
        by_user = role == USER and event.actor in (None, USER)  # not to a sub-agent
        if not message.thinking and (by_user or role == "assistant"):
            self._messages[role] += 1

    def _command(self, event: Event, command: SysCommand) -> None:
        text = short(command.text)
        self._commands["run"] += 1
        ended = happened(event) + round((command.duration_ms or 0) * NS_PER_MS)
        self._operation(command.duration_ms, ended, "shell", text)
        if command.failed:
            self._commands["failed"] += 1
            self._error(event, "shell", text)

    def _model_call(self, event: Event, call: LlmCall) -> None:
        model = call.model or "?"
        totals = self._models.setdefault(model, ModelTotals())
        totals.add(call)
        if replaced := self._calls.replace(call, totals):
            replaced[1].add(replaced[0], -1)
        self._operation(call.duration_ms, happened(event), "model", model)

    def _tool_call(self, event: Event, call: ToolCall) -> None:
        name = call.name or "?"
        self._tools.setdefault(name, ToolTotals()).calls += 1
        if len(self._open_calls) < MAX_OPEN_CALLS:
            text = subject(name, call.input)
            self._open_calls[event.span or call.id] = (name, text, happened(event))

    def _tool_result(self, event: Event, result: ToolResult) -> None:
        ended = happened(event)
        name, text, began = self._open_calls.pop(event.span or result.id, ("?", "", ended))
        totals = self._tools.setdefault(name, ToolTotals())
        duration = result.duration_ms
        if duration is None:  # nobody measured it
            duration = (ended - began) / NS_PER_MS or None
        totals.ms += duration or 0
        self._operation(duration, ended, name, text)
        if result.failed:
            totals.errors += 1
            self._error(event, name, text or short(result.output))

    def _finding(self, finding: GuardFinding) -> None:
        self._finding_counts[finding.level] = self._finding_counts.get(finding.level, 0) + 1
        if len(self._findings) < MAX_FINDINGS:
            words = (finding.level, finding.rule, finding.path, finding.text)
            names = ("level", "rule", "path", "text")
            texts = (text[:MAX_ERROR_TEXT_CHARS] for text in words)
            self._findings.append({**dict(zip(names, texts, strict=True)), "line": finding.line})

    def _operation(self, duration_ms: float | None, ended: int, what: str, text: str) -> None:
        if duration_ms is None:
            return
        self._operations.append(Operation(duration_ms, ended, what, text))
        if len(self._operations) >= 10 * MAX_SLOWEST:
            self._operations = self._slowest()

    def _slowest(self) -> list[Operation]:
        return sorted(self._operations, key=lambda operation: -operation.ms)[:MAX_SLOWEST]

    def _error(self, event: Event, what: str, text: str) -> None:
        self._error_count += 1
        if len(self._errors) < MAX_ERRORS:
            self._errors.append(_error_row(event, what, text))

    def _errors_of_runs(self) -> list[JsonObject]:
        """None if the program ended with an error: that is the same one."""
        end = TermExit(self._exit or {})
        return [] if end.code or end.signal else self._run_errors

    def as_data(self) -> dict[str, Any]:
        """Return everything as one JSON object. Times in seconds, durations in milliseconds.

        ``cost_usd`` is the sum of the calls that have a price (null when none has); ``without_price``
        is the number of the others.
        """
        models = self._models.values()
        priced = any(model.calls > model.without_price for model in models)
        tools = sorted(self._tools.items(), key=lambda item: -item[1].calls)
        of_runs = self._errors_of_runs()
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
            "errors": self._error_count + len(of_runs),
            "first_errors": [*self._errors, *of_runs][:MAX_ERRORS],
            "commands": self._commands,
            "troubles": self._troubles,
            "connections": {
                where: totals.as_data() for where, totals in sorted(self._addresses.items())
            },
            "files": dict(sorted(self._files.items())),
            "exit": self._exit,
            "limits": self._limits,
            "signed_by": self._signed_by,
            "findings": self._finding_counts,
            "first_findings": self._findings,
            "transactions": self._transactions.as_data(),
        }


def _error_row(event: Event, what: str, text: str) -> JsonObject:
    return {
        "t": happened(event) / NS_PER_SECOND,
        "what": what,
        "text": text[:MAX_ERROR_TEXT_CHARS],
    }


def summarize(recording: Recording) -> dict[str, Any]:
    """Return what `agentrec summary` prints, as a JSON object."""
    summary = Summary()
    for event in recording.events(tracks=(*TRACKS, "term"), binary=False, cost=_COST):
        summary.feed(event, decode(event))
    header = recording.header
    return {
        "file": recording.name,
        "id": header.get("id"),
        "title": header.get("title"),
        "command": header.get("command"),
        "created": header.get("created"),
        "duration": recording.duration / NS_PER_SECOND,
        **summary.as_data(),
        "prices_as_of": pricing.as_of(),
    }
