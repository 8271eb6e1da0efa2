"""OpenTelemetry: a span processor that records the spans of this program.

``provider.add_span_processor(AgentrecSpanProcessor())`` records to the current recorder, or to a recording of
its own, which ends with the provider's ``shutdown()``. Calls of models and tools are recorded as such, with
the names of the conventions and of OpenInference; agents and all other spans are steps. This module imports
nothing of OpenTelemetry.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.otel import span_facts as facts
from agentrec.otel.received_span import ReceivedEvent, ReceivedSpan, plain_attributes
from agentrec.otel.span_facts import AGENT, CALL, TOOL
from agentrec.sdk import current
from agentrec.sdk.failures import error_text
from agentrec.sdk.run_protocols import UNSET, OpenStep
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.sdk.run_recorder import Recorder

# Spans that have begun; a program may forget to end some.
_MAX_OPEN = 10_000
_ERROR = "ERROR"


class _Open(NamedTuple):
    """A span that runs. What is in it belongs to the event span ``link``, it itself to ``parent``;
    ``above`` is the id of the span around it.
    """

    recorder: Recorder
    kind: str
    link: str | None
    parent: str | None
    above: int | None
    step: OpenStep | None


class AgentrecSpanProcessor:
    """Records spans to ``recorder``, or the one that is current when a span starts, or one of its own."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._given = recorder
        self._own: Recorder | None = None
        self._lock = threading.Lock()
        self._open: dict[int, _Open] = {}
        # Calls that another call was made in: the same one, by a framework and by a client.
        self._outer_calls: set[int] = set()

    # The names of OpenTelemetry's SpanProcessor; what runs here may not fail.

    def on_start(self, span: Any, parent_context: object = None) -> None:  # noqa: ARG002
        self._guarded(self._begin, span)

    def _on_ending(self, span: object) -> None:
        """OpenTelemetry calls it before a span ends."""

    def on_end(self, span: Any) -> None:
        self._guarded(self._end, span)

    def shutdown(self) -> None:
        """End the recording, if it is one of its own."""
        with self._lock:
            own, self._own = self._own, None
            self._open.clear()
        if own is not None:
            own.close()

    def force_flush(self, timeout_millis: int = 30000) -> bool:  # noqa: ARG002
        recorder = self._given or self._own
        if recorder is not None:
            recorder.flush()
        return True

    def _guarded(self, take: Callable[[Any], None], span: Any) -> None:
        try:
            take(span)
        except Exception as error:  # noqa: BLE001 - it must not break the program
            recorder = self._given or self._own
            if recorder is not None:
                recorder.warn(f"a span was not recorded: {error}")

    # --- spans ------------------------------------------------------------------------------------

    def _begin(self, span: Any) -> None:
        seen = _received(span)
        above = int(seen.parent, 16) if seen.parent else None
        outer = self._open.get(above) if above is not None else None
        recorder = outer.recorder if outer else self._recorder(seen)
        parent = outer.link if outer else recorder.enclosing()
        kind = facts.likely_kind(seen)
        step = None
        if kind == CALL:
            link = parent
        elif kind == TOOL:
            link = f"{recorder.run}:t{os.urandom(4).hex()}"
        else:
            before, _ = facts.step_states(seen)
            state = UNSET if before is None else before
            step = recorder.start(facts.node_of(seen), state, parent=parent)
            link = step.span
        with self._lock:
            if len(self._open) >= _MAX_OPEN:
                self._open.pop(next(iter(self._open)))
            self._open[int(seen.id, 16)] = _Open(recorder, kind, link, parent, above, step)

    def _end(self, span: Any) -> None:
        seen = _received(span)
        key = int(seen.id, 16)
        with self._lock:
            begun = self._open.pop(key, None)
            was_outer = key in self._outer_calls
            self._outer_calls.discard(key)
        if begun is None:
            return
        kind = facts.kind_of(seen)  # some tell it only now
        parent = begun.parent if begun.step is None else begun.step.span
        if kind == CALL and not was_outer:
            self._mark_outer_call(begun)
            _record_call(begun.recorder, seen, parent)
        elif kind == TOOL:
            _record_tool(begun, seen, parent)
        elif begun.step is None:
            _record_step(begun.recorder, seen, parent)
        if begun.step is not None:
            _end_step(begun.recorder, begun.step, seen)

    def _mark_outer_call(self, begun: _Open) -> None:
        """Spans around a call, up to the nearest call, tool or agent."""
        with self._lock:
            key = begun.above
            while key is not None and (above := self._open.get(key)):
                if above.kind in (TOOL, AGENT):
                    return
                self._outer_calls.add(key)
                if above.kind == CALL:
                    return
                key = above.above

    def _recorder(self, seen: ReceivedSpan) -> Recorder:
        found: Any = self._given or current.current_recorder()
        if found is not None and not found.closed:
            recorder: Recorder = found
            return recorder
        from agentrec.sdk.run_recorder import Recorder as NewRecorder

        with self._lock:
            if self._own is None or self._own.closed:
                self._own = NewRecorder(name=facts.service_of(seen))
            return self._own


def _record_call(recorder: Recorder, span: ReceivedSpan, parent: str | None) -> None:
    call = facts.call_facts(span)
    answers = call.answered
    only = answers[0]["content"] if len(answers) == 1 else None
    choices = {"choices": [{"message": one} for one in answers]} if answers else None
    recorder.record_llm_call(
        span.name,
        call.sent or None,
        only if isinstance(only, str) else choices,
        model=call.model,
        tokens=call.usage if call.usage.total or span.failed else None,
        cost_usd=call.cost_usd,
        duration_ms=facts.duration_ms(span),
        stop_reason=call.stop_reason,
        id=call.id,
        parent=parent,
        error=_error(span),
    )


def _record_tool(begun: _Open, span: ReceivedSpan, parent: str | None) -> None:
    tool, took = facts.tool_facts(span), facts.duration_ms(span)
    link = begun.recorder.begin_tool_call(
        tool.name,
        tool.arguments,
        id=begun.link if begun.step is None else None,
        parent=parent,
        ago_ms=(time.time_ns() - span.start) / NS_PER_MS,
    )
    result = UNSET if tool.result is None else tool.result
    begun.recorder.end_tool_call(link, result, duration_ms=took, error=_error(span), parent=parent)


def _record_step(recorder: Recorder, span: ReceivedSpan, parent: str | None) -> None:
    recorder.record_step(
        facts.node_of(span),
        meta=facts.step_meta(span),
        duration_ms=facts.duration_ms(span),
        parent=parent,
        error=_error(span),
    )


def _end_step(recorder: Recorder, step: OpenStep, span: ReceivedSpan) -> None:
    _, after = facts.step_states(span)
    state = UNSET if after is None else after
    recorder.finish(step, state, error=_error(span), meta=facts.step_meta(span))


def _error(span: ReceivedSpan) -> str | None:
    error = facts.error_of(span)
    return None if error is None else error_text(error) or "error"


def _received(span: Any) -> ReceivedSpan:
    """A span of the SDK."""
    context, parent = span.context, span.parent
    start = span.start_time or time.time_ns()
    return ReceivedSpan(
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        f"{parent.span_id:016x}" if parent is not None else "",
        span.name,
        start,
        max(start, span.end_time or start),
        plain_attributes(span.attributes or {}),
        [
            ReceivedEvent(one.name, one.timestamp, plain_attributes(one.attributes or {}))
            for one in span.events
        ],
        span.status.status_code.name == _ERROR,
        span.status.description or "",
        plain_attributes(span.resource.attributes),
    )
