"""Calls of models and tools, memory, messages and errors of a run, as events."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.sdk.failures import describe_error
from agentrec.sdk.run_protocols import UNSET
from agentrec.sdk.token_counts import usage_of
from agentrec.sdk.write.run_events import RunEvents, fields_text
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject


class RecordsCalls(RunEvents):
    """What a recorder records beside steps."""

    def record_llm_call(
        self,
        node: str = "",
        prompt: object = None,
        response: object = None,
        *,
        model: str = "",
        tokens: object = None,
        cost_usd: float | None = None,
        duration_ms: float | None = None,
        stop_reason: str = "",
        id: str = "",  # noqa: A002 - the field's word
        parent: str | None = None,
        actor: str | None = None,
        error: BaseException | str | None = None,
        served: bool = False,
    ) -> None:
        """Record a call of a model.

        ``tokens`` are counts as the API reports them, or one number. Without ``cost_usd`` the list
        price is taken.
        """
        usage = usage_of(tokens)
        if cost_usd is None and usage is not None and model:
            from agentrec.report.pricing import cost

            cost_usd = cost(model, usage)
        about: JsonObject = {
            "model": model,
            "usage": None if usage is None else usage.as_data(),
            "cost_usd": cost_usd,
            "duration_ms": duration_ms,
            "id": id,
            "stop_reason": stop_reason,
            "source": "sdk",
            "node": node,
            "served": served or None,
            "error": None if error is None else describe_error(error),
        }
        fields = [
            fields_text({name: value for name, value in about.items() if value not in (None, "")})
        ]
        with self.lock:
            if prompt is not None:
                fields.append(f'"prompt":{self.state_text(prompt, "prompt")}')
            if response is not None:
                fields.append(f'"response":{self.value_text(response)}')
            above = parent or self.enclosing()
            span = f"{self.run}:c{os.urandom(4).hex()}"
            self.event("llm", "call", ",".join(fields), span=span, parent=above, actor=actor)

    def record_tool_call(
        self,
        node: str = "",
        tool: str = "",
        args: object = None,
        result: object = UNSET,
        *,
        duration_ms: float | None = None,
        error: BaseException | str | None = None,
        id: object = None,  # noqa: A002 - the field's word
        parent: str | None = None,
        actor: str | None = None,
        served: bool = False,
    ) -> None:
        """Record a call of a tool and what it returned, or the ``error`` that it failed with."""
        span = self.begin_tool_call(tool or node, args, id=id, parent=parent, actor=actor)
        self.end_tool_call(
            span,
            result,
            duration_ms=duration_ms,
            error=error,
            parent=parent,
            actor=actor,
            served=served,
        )

    def begin_tool_call(
        self,
        tool: str,
        args: object = None,
        *,
        id: object = None,  # noqa: A002 - the field's word
        parent: str | None = None,
        actor: str | None = None,
        ago_ms: float = 0,
    ) -> str:
        """Record that a tool is called, or was ``ago_ms`` ago; returns the span for :meth:`end_tool_call`."""
        span = str(id) if id is not None else f"{self.run}:t{os.urandom(4).hex()}"
        with self.lock:
            data = f'"name":{self.name_text(tool)},"input":{self.value_text(args)},"id":{json.dumps(span)}'
            above = parent or self.enclosing()
            ago_ns = max(0, round(ago_ms * NS_PER_MS))
            self.event("tool", "call", data, span=span, parent=above, actor=actor, ago_ns=ago_ns)
        return span

    def end_tool_call(
        self,
        span: str,
        result: object = UNSET,
        *,
        duration_ms: float | None = None,
        error: BaseException | str | None = None,
        parent: str | None = None,
        actor: str | None = None,
        served: bool = False,
    ) -> None:
        """Record what a tool returned."""
        with self.lock:
            data = f'"id":{json.dumps(span)},"is_error":{"false" if error is None else "true"}'
            if result is not UNSET:
                data += f',"output":{self.value_text(result)}'
            if error is not None:
                data += f',"error":{self.value_text(describe_error(error))}'
            if duration_ms is not None:
                data += f',"duration_ms":{self.value_text(duration_ms)}'
            if served:
                data += ',"served":true'
            above = parent or self.enclosing()
            self.event("tool", "result", data, span=span, parent=above, actor=actor)

    def record_memory_op(
        self, op: str, key: str = "", value: object = None, *, store: str = ""
    ) -> None:
        """Record that the agent's memory was read or changed."""
        with self.lock:
            data = f'"op":{self.value_text(op)},"key":{self.value_text(key)},"value":{self.value_text(value)}'
            data += f',"store":{json.dumps(store)}' if store else ""
            self.event("step", "memory", data, parent=self.enclosing())

    def record_message(self, role: str, text: str, *, actor: str | None = None) -> None:
        """Record a message of the user, the agent or the system."""
        self.event(
            "agent",
            "message",
            fields_text({"role": role, "text": text}),
            parent=self.enclosing(),
            actor=actor,
        )

    def record_error(self, node: str, error: BaseException | str, state: object = UNSET) -> None:
        """Record that something failed, and the state it failed on."""
        with self.lock:
            data = f'"node":{self.name_text(node)},"error":{self.value_text(describe_error(error))}'
            if state is not UNSET:
                data += f',"input":{self.state_text(state)}'
            self.event("step", "error", data, parent=self.enclosing() or self.run)

    def record_env(self, names: Sequence[str]) -> None:
        """Record which variables of the environment were read."""
        self.event("sys", "env", fields_text({"names": list(names)}))
