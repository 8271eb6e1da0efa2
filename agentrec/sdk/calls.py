"""Model and tool calls as decorated functions."""

from __future__ import annotations

import functools
import inspect
import time
from typing import TYPE_CHECKING

from agentrec.sdk import current
from agentrec.sdk.failures import error_text
from agentrec.sdk.run_protocols import MODEL, TOOL
from agentrec.sdk.step_scope import state_reader
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.sdk.run_protocols import Result, RunRecorder


def recorded_function(
    own: RunRecorder | None, kind: str, name: object, model: str = ""
) -> Callable[..., object]:
    """The decorator for a ``kind`` of call; ``name`` is the function itself where it is used alone."""
    if callable(name):
        return _wrapped(own, kind, name, getattr(name, "__name__", kind), model)

    def decorate(function: Callable[..., object]) -> Callable[..., object]:
        return _wrapped(own, kind, function, str(name or function.__name__), model)

    return decorate


def _wrapped(
    own: RunRecorder | None, kind: str, function: Callable[..., object], name: str, model: str
) -> Callable[..., object]:
    args_of = state_reader(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_async(*args: object, **kwargs: object) -> object:
            recorder = current.recorder_for(own)
            if recorder is None:
                return await function(*args, **kwargs)
            call = _Call(recorder, kind, name, args_of(args, kwargs), model)
            if result := call.served():
                return result.give(None)
            with call:
                return call.returned(await function(*args, **kwargs))

        return run_async

    @functools.wraps(function)
    def run(*args: object, **kwargs: object) -> object:
        recorder = current.recorder_for(own)
        if recorder is None:
            return function(*args, **kwargs)
        call = _Call(recorder, kind, name, args_of(args, kwargs), model)
        if result := call.served():
            return result.give(None)
        with call:
            return call.returned(function(*args, **kwargs))

    return run


class _Call:
    def __init__(
        self, recorder: RunRecorder, kind: str, name: str, args: object, model: str
    ) -> None:
        self._recorder, self._kind, self._name, self._args = recorder, kind, name, args
        self._model = model
        self._span = ""
        self._result: object = None

    def served(self) -> Result | None:
        """The recorded result, if this call is served; it is recorded then."""
        served = self._recorder.served
        found = served.call(self._kind, self._name, self._args) if served else None
        if found is not None:
            self._begin()
            self._end(found.value, 0.0, error_text(found.error), served=True)
        return found

    def returned(self, value: object) -> object:
        self._result = value
        return value

    def __enter__(self) -> None:
        self._began = time.perf_counter_ns()
        self._begin()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        took = (time.perf_counter_ns() - self._began) / NS_PER_MS
        self._end(self._result, round(took, 3), error)

    def _begin(self) -> None:
        if self._kind == TOOL:
            self._span = self._recorder.begin_tool_call(self._name, self._args)

    def _end(
        self, value: object, took: float, error: BaseException | str | None, *, served: bool = False
    ) -> None:
        error = error or None
        if self._kind == TOOL:
            self._recorder.end_tool_call(
                self._span, value, duration_ms=took, error=error, served=served
            )
            return
        assert self._kind == MODEL
        self._recorder.record_llm_call(
            self._name,
            self._args,
            value,
            model=self._model or _text(value, "model") or _text(self._args, "model"),
            tokens=None if served else _member(value, "usage"),
            cost_usd=0.0 if served else None,
            duration_ms=took,
            error=error,
            served=served,
        )


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _text(value: object, name: str) -> str:
    found = _member(value, name)
    return found if isinstance(found, str) else ""
