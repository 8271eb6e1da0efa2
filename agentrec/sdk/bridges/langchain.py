"""LangChain and LangGraph: a callback handler that records nodes as steps, and model and tool calls.

``langchain_handler(recorder)`` goes into ``config={"callbacks": [...]}`` of any runnable or graph. Parents
are found by run ids, because tasks and threads of the framework lose the context. The state before a node
is its input, the state after it what it returned; ``thread_id`` and ``checkpoint_id`` are in its ``meta``.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import table
from agentrec.sdk import current
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.sdk.run_recorder import Recorder

_META = ("thread_id", "checkpoint_id", "checkpoint_ns", "langgraph_step", "langgraph_node")


class _OpenCall(NamedTuple):
    """A model or tool call on its way."""

    name: str
    sent: object
    model: str
    parent: str | None
    began: int
    span: str = ""


def langchain_handler(recorder: Recorder | None = None) -> object:
    """A callback handler that records to ``recorder``, or the current one. Imports langchain-core."""
    base = import_module("langchain_core.callbacks").BaseCallbackHandler
    made: object = type("AgentrecHandler", (_Handler, base), {})(recorder)
    return made


class _Handler:
    run_inline = True  # in the thread and order in which it happens
    raise_error = False

    def __init__(self, recorder: Recorder | None) -> None:
        self._own = recorder
        # By run id: the span of the step that it is in.
        self._spans: dict[str, str | None] = {}
        self._calls: dict[str, _OpenCall] = {}
        self._steps: set[str] = set()

    @property
    def _recorder(self) -> Recorder | None:
        found: object = current.recorder_for(self._own)
        return found  # type: ignore[return-value]

    # --- nodes ----------------------------------------------------------------------------------

    def on_chain_start(
        self,
        serialized: object,
        inputs: object,
        *,
        run_id: object,
        parent_run_id: object = None,
        metadata: Mapping[str, object] | None = None,
        name: str = "",
        **_: object,
    ) -> None:
        recorder, key = self._recorder, str(run_id)
        above = self._above(parent_run_id)
        self._spans[key] = above
        about = dict(metadata or {})
        node = about.get("langgraph_node")
        name = name or str(table(serialized).get("name") or "chain")
        if recorder is None or not (parent_run_id is None or name == node):
            return  # a runnable inside a node
        meta = {key: about[key] for key in _META if about.get(key) is not None}
        step = recorder.start(name, _plain(inputs), meta=meta, parent=above)
        recorder.keep_open(key, step)
        self._steps.add(key)
        self._spans[key] = step.span

    def on_chain_end(self, outputs: object, *, run_id: object, **_: object) -> None:
        self._end_step(str(run_id), output=_plain(outputs))

    def on_chain_error(self, error: BaseException, *, run_id: object, **_: object) -> None:
        self._end_step(str(run_id), error=error)

    def _end_step(self, key: str, **how: object) -> None:
        self._spans.pop(key, None)
        if key in self._steps and (recorder := self._recorder):
            self._steps.discard(key)
            recorder.end_step(key, **how)  # type: ignore[arg-type]

    # --- model calls ----------------------------------------------------------------------------

    def on_chat_model_start(
        self, _serialized: object, messages: list[list[object]], *, run_id: object, **more: object
    ) -> None:
        sent = [_message(message) for batch in messages for message in batch]
        self._begin_call("chat model", sent, run_id, more)

    def on_llm_start(
        self, _serialized: object, prompts: list[str], *, run_id: object, **more: object
    ) -> None:
        self._begin_call("model", prompts, run_id, more)

    def _begin_call(
        self, name: str, sent: object, run_id: object, more: Mapping[str, object]
    ) -> None:
        params = table(more.get("invocation_params"))
        metadata = table(more.get("metadata"))
        model = params.get("model") or params.get("model_name") or metadata.get("ls_model_name")
        above = self._above(more.get("parent_run_id"))
        call = _OpenCall(name, sent, str(model or ""), above, time.perf_counter_ns())
        self._calls[str(run_id)] = call

    def on_llm_end(self, response: object, *, run_id: object, **_: object) -> None:
        generations = getattr(response, "generations", None) or [[]]
        first = generations[0][0] if generations[0] else None
        message = getattr(first, "message", None)
        usage = getattr(message, "usage_metadata", None)
        output = table(getattr(response, "llm_output", None))
        told = table(getattr(message, "response_metadata", None))
        self._end_call(
            run_id,
            answer=_message(message) if message is not None else getattr(first, "text", None),
            tokens=usage or output.get("token_usage"),
            model=str(
                told.get("model_name") or told.get("model") or output.get("model_name") or ""
            ),
            stop_reason=str(told.get("finish_reason") or told.get("stop_reason") or ""),
            id=str(told.get("id") or getattr(message, "id", None) or ""),
        )

    def on_llm_error(self, error: BaseException, *, run_id: object, **_: object) -> None:
        self._end_call(run_id, answer=None, error=error)

    def _end_call(
        self,
        run_id: object,
        *,
        answer: object,
        tokens: object = None,
        model: str = "",
        stop_reason: str = "",
        id: str = "",  # noqa: A002 - the field's word
        error: BaseException | None = None,
    ) -> None:
        call, recorder = self._calls.pop(str(run_id), None), self._recorder
        if call is None or recorder is None:
            return
        recorder.record_llm_call(
            call.name,
            call.sent,
            answer,
            model=model or call.model,
            tokens=tokens,
            duration_ms=_since(call.began),
            stop_reason=stop_reason,
            id=id,
            parent=call.parent,
            error=error,
        )

    # --- tools ----------------------------------------------------------------------------------

    def on_tool_start(
        self,
        serialized: object,
        input_str: str,
        *,
        run_id: object,
        parent_run_id: object = None,
        inputs: object = None,
        tool_call_id: str | None = None,
        **_: object,
    ) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        name = str(table(serialized).get("name") or "tool")
        above = self._above(parent_run_id)
        given = input_str if inputs is None else inputs
        span = recorder.begin_tool_call(name, given, id=tool_call_id, parent=above)
        self._spans[str(run_id)] = above
        call = _OpenCall(name, None, "", above, time.perf_counter_ns(), span)
        self._calls[str(run_id)] = call

    def on_tool_end(self, output: object, *, run_id: object, **_: object) -> None:
        content = getattr(output, "content", output)
        failed = getattr(output, "status", "") == "error"
        self._end_tool(run_id, content, str(content) if failed else None)

    def on_tool_error(self, error: BaseException, *, run_id: object, **_: object) -> None:
        self._end_tool(run_id, None, error)

    def _end_tool(self, run_id: object, result: object, error: BaseException | str | None) -> None:
        self._spans.pop(str(run_id), None)
        call, recorder = self._calls.pop(str(run_id), None), self._recorder
        if call is not None and recorder is not None:
            took = _since(call.began)
            recorder.end_tool_call(
                call.span, result, duration_ms=took, error=error, parent=call.parent
            )

    def _above(self, run_id: object) -> str | None:
        """The span of the step that something with this parent is in."""
        if run_id is not None and str(run_id) in self._spans:
            return self._spans[str(run_id)]
        recorder = self._recorder
        return None if recorder is None else current.enclosing_span(recorder)


def _since(began: int) -> float:
    return round((time.perf_counter_ns() - began) / NS_PER_MS, 3)


def _message(message: object) -> object:
    """A message as a role, a content, and the tools it calls."""
    role = {"human": "user", "ai": "assistant"}.get(kind := str(getattr(message, "type", "")), kind)
    data: dict[str, object] = {"role": role, "content": getattr(message, "content", message)}
    for name in ("tool_calls", "tool_call_id", "name"):
        if value := getattr(message, name, None):
            data[name] = value
    return data


def _plain(value: object) -> object:
    """A state of a graph, with messages as they are recorded."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return _message(value) if hasattr(value, "content") and hasattr(value, "type") else value
