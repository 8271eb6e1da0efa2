"""Turns, tool calls and errors of agents, known by what the agent itself wrote of them.

A recording within another, and a copy that was rewritten, have the same ones: see ``library.repeats``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.library.index.texts import storable
from agentrec.library.repeats import KeyedStep, call_key
from agentrec.recording.events.agent import AgentLifecycle, AgentTurn
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.markers import happened
from agentrec.report.model_calls import MAX_CALLS
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.events.decode import Raw
    from agentrec.recording.events.record import EventRecord

_MAX_NAME_CHARS = 500


class KeyedSteps:
    """Collects the steps of a recording that carry the agent's own time."""

    def __init__(self) -> None:
        self._steps: dict[int, KeyedStep] = {}
        # Of calls without a result, by their span: the key, and when the call was.
        self._open: dict[str, tuple[int, int]] = {}

    def feed(self, event: Event, record: EventRecord | Raw) -> None:
        match record:
            case AgentTurn(at=at) if at:
                self._add(KeyedStep(call_key(f"turn {at} {event.parent}"), turns=1))
            case AgentLifecycle(failed=True, at=at, text=text) if at:
                self._add(KeyedStep(call_key(f"error {at} {text}"), errors=1))
            case ToolCall(at=at) as call if at:
                self._call(event, call)
            case ToolResult() as result:
                self._result(event, result)

    def steps(self) -> list[KeyedStep]:
        return list(self._steps.values())

    def _add(self, step: KeyedStep) -> None:
        if len(self._steps) < MAX_CALLS:
            self._steps[step.key] = step

    def _call(self, event: Event, call: ToolCall) -> None:
        span = event.span or call.id
        step = KeyedStep(
            call_key(f"tool {call.at} {span}"), storable(call.name or "?", _MAX_NAME_CHARS)
        )
        self._add(step._replace(calls=1))
        self._open[span] = step.key, happened(event)

    def _result(self, event: Event, result: ToolResult) -> None:
        key, began = self._open.pop(event.span or result.id, (0, 0))
        if key in self._steps:
            measured, failed = (happened(event) - began) / NS_PER_MS, int(bool(result.failed))
            ms = measured if result.duration_ms is None else result.duration_ms
            self._steps[key] = self._steps[key]._replace(failed=failed, errors=failed, ms=float(ms))
