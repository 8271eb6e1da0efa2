"""OpenAI Agents SDK: a trace processor that records agents as steps, and model and tool calls.

``agents.add_trace_processor(AgentrecTraceProcessor(recorder))``, or ``set_trace_processors([...])`` so that
nothing goes to OpenAI's own traces. Parents are found by the ids of spans, because tools and agents
run in tasks of their own. This module imports nothing of the SDK.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.json_values import JsonObject, parsed, table, tables, text
from agentrec.sdk import current
from agentrec.sdk.run_protocols import UNSET, OpenStep
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.sdk.run_recorder import Recorder

# Spans that have begun; a program may forget to end some.
_MAX_OPEN = 10_000
_CALLS = frozenset({"generation", "response"})
# The run of an agent inside a trace, and each round of it: what they say, the trace and its calls say.
_PASSED_OVER = frozenset({"task", "turn"})
_META = (
    *(
        "handoffs",
        "tools",
        "output_type",
        "from_agent",
        "to_agent",
        "triggered",
        "server",
        "result",
    ),
    *("model", "data"),
)
# What a response repeats of its request.
_SENT = ("instructions", "tools")
_NO_ID = "__fake_id__"  # of an answer that was put together from pieces


class _Open(NamedTuple):
    """A trace or span that runs. What is in it belongs to the event span ``link``, it to ``parent``."""

    recorder: Recorder
    link: str | None
    parent: str | None
    step: OpenStep | None
    began: int


class AgentrecTraceProcessor:
    """Records traces to ``recorder``, or the one that is current when a trace starts."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._own = recorder
        self._lock = threading.Lock()
        # By the ids of traces and spans: what runs, and errors of what was passed over in it.
        self._open: dict[str, _Open] = {}
        self._errors: dict[str, str] = {}

    # The names of the SDK's TracingProcessor.

    def on_trace_start(self, trace: Any) -> None:
        found: Any = current.recorder_for(self._own)
        if found is not None:
            self._begin_step(trace.trace_id, trace.name, found, found.enclosing())

    def on_trace_end(self, trace: Any) -> None:
        begun, error = self._take(trace.trace_id)
        if begun and begun.step:
            begun.recorder.finish(begun.step, error=error)

    def on_span_start(self, span: Any) -> None:
        above = self._open.get(span.parent_id) or self._open.get(span.trace_id)
        if above is None:  # the trace is not recorded
            return
        data, recorder, parent = span.span_data, above.recorder, above.link
        if data.type in _CALLS or data.type in _PASSED_OVER:
            self._keep(span.span_id, _Open(recorder, parent, parent, None, time.perf_counter_ns()))
        elif data.type == "function":
            # Its arguments are told when it ends.
            link = f"{recorder.run}:t{os.urandom(4).hex()}"
            self._keep(span.span_id, _Open(recorder, link, parent, None, time.perf_counter_ns()))
        else:
            name = getattr(data, "name", None) or data.type
            self._begin_step(span.span_id, str(name), recorder, parent)

    def on_span_end(self, span: Any) -> None:
        (begun, error), data = self._take(span.span_id), span.span_data
        error = _error(span) or error
        if begun is None:
            return
        if data.type in _PASSED_OVER:
            self._pass_on(span.parent_id or span.trace_id, error)
        elif data.type == "function":
            _record_tool(begun, data, error)
        elif data.type in _CALLS:
            _record_call(begun, data, error)
        elif begun.step is not None:
            meta = {name: value for name in _META if (value := getattr(data, name, None))}
            begun.recorder.finish(begun.step, error=error, meta=meta)

    def shutdown(self) -> None:
        """The program ends: so does a recorder, by itself."""

    def force_flush(self) -> None:
        """What was recorded is in the file without it."""

    def _begin_step(self, key: str, name: str, recorder: Recorder, parent: str | None) -> None:
        step = recorder.start(name, parent=parent)
        self._keep(key, _Open(recorder, step.span, parent, step, step.began))

    def _keep(self, key: str, begun: _Open) -> None:
        with self._lock:
            if len(self._open) >= _MAX_OPEN:
                oldest = next(iter(self._open))
                self._open.pop(oldest)
                self._errors.pop(oldest, None)
            self._open[key] = begun

    def _take(self, key: str) -> tuple[_Open | None, str | None]:
        with self._lock:
            return self._open.pop(key, None), self._errors.pop(key, None)

    def _pass_on(self, above: str, error: str | None) -> None:
        """Let what is above end with this error."""
        with self._lock:
            if error and above in self._open:
                self._errors[above] = error


def _record_tool(begun: _Open, data: Any, error: str | None) -> None:
    took, recorder = _since(begun.began), begun.recorder
    link = recorder.begin_tool_call(
        data.name, parsed(data.input), id=begun.link, parent=begun.parent, ago_ms=took
    )
    result = UNSET if data.output is None else data.output
    recorder.end_tool_call(link, result, duration_ms=took, error=error, parent=begun.parent)


def _record_call(begun: _Open, data: Any, error: str | None) -> None:
    call = _response(data) if data.type == "response" else _generation(data)
    begun.recorder.record_llm_call(
        f"openai_agents.{data.type}",
        call.sent or None,
        call.answer or None,
        model=call.model,
        tokens=call.tokens,
        duration_ms=_since(begun.began),
        stop_reason=text(call.answer.get("status")),
        id=text(call.answer.get("id")),
        parent=begun.parent,
        error=error,
    )


class _CallFacts(NamedTuple):
    """A model call, as its span tells it: without texts, if the program keeps those out of traces."""

    sent: JsonObject
    answer: JsonObject
    model: str
    tokens: object


def _response(data: Any) -> _CallFacts:
    """A call of OpenAI's responses."""
    whole = _plain(data.response)
    sent = {"input": data.input, **{name: whole.pop(name, None) for name in _SENT}}
    tokens = whole.get("usage") or getattr(data, "usage", None)
    return _CallFacts(_given(sent), whole, text(whole.get("model")), tokens)


def _generation(data: Any) -> _CallFacts:
    """A call of chat completions, or of another provider."""
    settings = table(data.model_config)
    sent = {**settings, "model": data.model, "messages": data.input} if data.input else {}
    answers = tables(data.output)
    if answers and answers[0].get("object") == "response":  # it was streamed
        answer = _given(answers[0])
        if answer.get("id") == _NO_ID:
            del answer["id"]
    else:
        answer = {"choices": [{"message": _given(one)} for one in answers]} if answers else {}
    return _CallFacts(_given(sent), answer, text(data.model), data.usage)


def _plain(response: Any) -> JsonObject:
    dump = getattr(response, "model_dump", None)
    return _given(table(dump(mode="json", warnings=False))) if callable(dump) else {}


def _given(values: JsonObject) -> JsonObject:
    return {name: value for name, value in values.items() if value is not None}


def _error(span: Any) -> str | None:
    error = span.error
    if not error:
        return None
    detail = text(table(error.get("data")).get("error"))
    return ": ".join(filter(None, (text(error.get("message")), detail))) or "error"


def _since(began: int) -> float:
    return round((time.perf_counter_ns() - began) / NS_PER_MS, 3)
