"""CrewAI: a listener on its event bus that records crews, tasks, agents and flows as steps, and model and
tool calls.

``crewai_listener(recorder)`` is called once, before the first crew starts. The bus calls functions that are
async one after the other, in the order and with the context in which things happened; others it calls in
several threads. Parents are found by the ids of the events.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from agentrec.json_values import table
from agentrec.sdk import current
from agentrec.sdk.run_protocols import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agentrec.sdk.run_recorder import Recorder

# What begins and ends, as names of classes in crewai.events without "Event". Versions without one do without.
_SCOPES = {
    "CrewKickoff": ("Started", "Completed", "Failed"),
    "Task": ("Started", "Completed", "Failed"),
    "AgentExecution": ("Started", "Completed", "Error"),
    "LiteAgentExecution": ("Started", "Completed", "Error"),
    "Flow": ("Started", "Finished", "Failed", "Paused"),
    "MethodExecution": ("Started", "Finished", "Failed", "Paused"),
    "LLMCall": ("Started", "Completed", "Failed"),
    "ToolUsage": ("Started", "Finished", "Error"),
    "LLMGuardrail": ("Started", "Completed", "Failed"),
    "AgentReasoning": ("Started", "Completed", "Failed"),
    "MemoryQuery": ("Started", "Completed", "Failed"),
    "MemorySave": ("Started", "Completed", "Failed"),
    "KnowledgeQuery": ("Started", "Completed", "Failed"),
}
# The first of these that an event has: the state before and after, and what something is called.
_BEFORE = ("state", "inputs", "messages", "task_prompt", "query", "value", "plan")
_AFTER = ("state", "output", "result", "results", "plan")
_NAMES = ("method_name", "crew_name", "flow_name", "task_name", "agent_role")
_OWN_FLOW = "AgentExecutor"  # how CrewAI runs an agent
_MAX_NAME_CHARS = 60


class _Event(Protocol):
    type: str
    event_id: str
    parent_event_id: str | None
    started_event_id: str | None
    timestamp: datetime


class _Open(NamedTuple):
    """What has begun: the span that belongs to it, and the one that it is in."""

    recorder: Recorder
    event: _Event
    span: str | None
    parent: str | None


class CrewListener:
    """Records to ``recorder``, or the current one, until it is closed."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        """Imports crewai."""
        self._own = recorder
        self._events = import_module("crewai.events")
        self._bus = self._events.crewai_event_bus
        self._open: dict[str, _Open] = {}  # by the id of the event that it began with
        self._handlers: list[tuple[object, object]] = []
        for scope, ends in _SCOPES.items():
            self._listen(scope, ends)

    def close(self) -> None:
        """Record no more."""
        self._bus.flush()
        for kind, handler in self._handlers:
            self._bus.off(kind, handler)
        self._handlers.clear()

    def _listen(self, scope: str, ends: tuple[str, ...]) -> None:
        begin, *others = (getattr(self._events, f"{scope}{end}Event", None) for end in ends)
        for kind, act in ((begin, self._begin), *((one, self._end) for one in others)):
            if kind is not None:
                handler = _handler(act)
                self._bus.on(kind)(handler)
                self._handlers.append((kind, handler))

    def _begin(self, event: _Event) -> None:
        found: object = current.recorder_for(self._own)
        if found is None:
            return
        recorder: Recorder = found  # type: ignore[assignment]
        recorder.drain_before_close(self._bus.flush)
        above = self._open.get(event.parent_event_id or "")
        parent = above.span if above else current.enclosing_span(recorder)
        span = parent
        if event.type == "tool_usage_started":
            name = str(getattr(event, "tool_name", "") or "tool")
            span = recorder.begin_tool_call(name, getattr(event, "tool_args", None), parent=parent)
        elif event.type != "llm_call_started" and getattr(event, "flow_name", "") != _OWN_FLOW:
            step = recorder.start(_name(event), _before(event), parent=parent)
            recorder.keep_open(event.event_id, step)
            span = step.span
        self._open[event.event_id] = _Open(recorder, event, span, parent)

    def _end(self, event: _Event) -> None:
        began = self._open.pop(event.started_event_id or "", None)
        if began is None:
            return
        error = _error(event)
        match event.type.split("_")[0]:
            case "tool":
                began.recorder.end_tool_call(
                    began.span or "",
                    UNSET if error else getattr(event, "output", None),
                    duration_ms=_took_ms(began.event, event),
                    error=error,
                    parent=began.parent,
                )
            case "llm" if event.type.startswith("llm_call"):
                _model_call(began, event, error)
            case _:
                after = UNSET if error else _after(event)
                began.recorder.end_step(began.event.event_id, after, error=error)


def crewai_listener(recorder: Recorder | None = None) -> CrewListener:
    """Record what crews and flows do from now on to ``recorder``, or the current one. Imports crewai."""
    return CrewListener(recorder)


def _handler(act: Callable[[_Event], None]) -> Callable[[object, _Event], object]:
    async def handle(_source: object, event: _Event) -> None:
        act(event)

    return handle


def _model_call(began: _Open, event: _Event, error: BaseException | str | None) -> None:
    answer = getattr(event, "response", None)
    if isinstance(answer, list):  # the tools that it asks for
        answer = {"role": "assistant", "content": None, "tool_calls": answer}
    began.recorder.record_llm_call(
        str(getattr(event, "agent_role", None) or "model"),
        getattr(began.event, "messages", None),
        answer,
        model=str(getattr(event, "model", None) or ""),
        tokens=getattr(event, "usage", None),
        duration_ms=_took_ms(began.event, event),
        stop_reason=str(getattr(event, "finish_reason", None) or ""),
        id=str(getattr(event, "response_id", None) or ""),
        parent=began.parent,
        error=error,
    )


def _took_ms(began: _Event, ended: _Event) -> float:
    return round((ended.timestamp - began.timestamp).total_seconds() * 1000, 3)


def _error(event: _Event) -> BaseException | str | None:
    error: object = getattr(event, "error", None)
    if error is None:
        error = getattr(getattr(event, "failure", None), "message", None)
    if error is None or isinstance(error, BaseException):
        return error
    return str(error)


def _name(event: _Event) -> str:
    info = table(getattr(event, "agent_info", None))
    agent = info.get("role") or getattr(getattr(event, "agent", None), "role", None)
    if event.type.startswith(("agent_execution", "lite_agent")):
        found: object = agent
    else:
        found = next((name for one in _NAMES if (name := getattr(event, one, None))), agent)
    if not event.type.startswith(
        ("crew", "task", "agent_execution", "lite_agent", "flow", "method")
    ):
        found = None  # what is done is more telling than who does it
    words = str(found or event.type.removesuffix("_started").replace("_", " "))
    line = " ".join(words.split())
    return line if len(line) <= _MAX_NAME_CHARS else f"{line[: _MAX_NAME_CHARS - 2]} …"


def _before(event: _Event) -> object:
    task = getattr(event, "task", None)
    if event.type == "task_started" and task is not None:
        told = {"description": task.description, "context": getattr(event, "context", None)}
        return {name: value for name, value in told.items() if value}
    return _first(event, _BEFORE)


def _after(event: _Event) -> object:
    found = _first(event, _AFTER)
    return getattr(found, "raw", found)  # of a crew and of a task


def _first(event: _Event, names: tuple[str, ...]) -> object:
    return next((value for one in names if (value := getattr(event, one, None)) is not None), UNSET)
