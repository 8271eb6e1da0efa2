"""Steps as blocks and as decorated functions."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Self

from agentrec.sdk import current
from agentrec.sdk.run_protocols import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token
    from types import TracebackType

    from agentrec.sdk.run_protocols import OpenStep, RunRecorder

_NO_STATE = (str, int, float, bool, bytes, list, tuple, type(None))


class StepScope:
    """What ``r.step(...)`` returns: a block, also of ``async with``, or a decorator.

    ``n`` is the step's number; set ``output`` to the state after it, and ``meta`` to what else there
    is to say.
    """

    def __init__(
        self,
        recorder: RunRecorder | None,
        name: object,
        state: object,
        meta: Mapping[str, object] | None,
    ) -> None:
        self._own = recorder
        self._function = name if callable(name) and not isinstance(name, str) else None
        self._name = "" if self._function else str(name)
        self._state = state
        self.output: object = UNSET
        self.meta: dict[str, object] = dict(meta or {})
        self.n = -1
        self._step: OpenStep | None = None
        self._token: Token[tuple[RunRecorder, str] | None] | None = None
        self._recorder: RunRecorder | None = None
        if self._function is not None:
            self._wrapped = self._wrap(self._function)
            functools.update_wrapper(self, self._function)

    def __call__(self, *args: object, **kwargs: object) -> object:
        """As a decorator: the decorated function. Of ``@r.step`` alone: call it."""
        if self._function is not None:
            return self._wrapped(*args, **kwargs)
        (function,) = args
        assert callable(function)
        return self._wrap(function)

    def __get__(self, instance: object, owner: type | None = None) -> object:
        """A method decorated with ``@r.step`` alone."""
        return self if instance is None else functools.partial(self, instance)

    def __enter__(self) -> Self:
        recorder = self._recorder = current.recorder_for(self._own)
        if recorder is None:
            return self
        if recorder.served is not None:
            recorder.served.check_unwrapped(self._name)
        step = recorder.start(self._name, self._state, parent=current.enclosing_span(recorder))
        self.n, self._step = step.n, step
        self._token = current.enter_step(recorder, step.span)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._recorder is None or self._step is None or self._token is None:
            return
        current.leave_step(self._token)
        output = self._state if self.output is UNSET else self.output
        self._recorder.finish(self._step, output, error=error, meta=self.meta)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        return wrapped(self._own, function, self._name or function.__name__, self.meta)


def wrapped(
    own: RunRecorder | None,
    function: Callable[..., object],
    name: str,
    meta: Mapping[str, object] | None = None,
) -> Callable[..., object]:
    """``function`` as a step called ``name`` of ``own``, or of the current recorder."""
    state_of = state_reader(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_async(*args: object, **kwargs: object) -> object:
            recorder = current.recorder_for(own)
            if recorder is None:
                return await function(*args, **kwargs)
            call = _Call(recorder, name, state_of(args, kwargs), meta)
            if call.is_served():
                return call.result()
            with call:
                return call.returned(await function(*args, **kwargs))

        return run_async
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise TypeError(
            f"{function.__qualname__} is a generator: use `with r.step(...)` around its loop instead"
        )

    @functools.wraps(function)
    def run(*args: object, **kwargs: object) -> object:
        recorder = current.recorder_for(own)
        if recorder is None:
            return function(*args, **kwargs)
        call = _Call(recorder, name, state_of(args, kwargs), meta)
        if call.is_served():
            return call.result()
        with call:
            return call.returned(function(*args, **kwargs))

    return run


class _Call:
    """One call of a decorated function."""

    __slots__ = (
        *("_how", "_meta", "_name", "_output"),
        *("_recorder", "_result", "_state", "_step", "_token"),
    )

    def __init__(
        self, recorder: RunRecorder, name: str, state: object, meta: Mapping[str, object] | None
    ) -> None:
        self._recorder, self._name, self._state, self._meta = recorder, name, state, meta
        self._output: object = UNSET
        # How the result and the argument belong together, for a replay.
        self._how: dict[str, object] = {}

    def is_served(self) -> bool:
        """Whether the result comes from the parent's recording; the step is recorded then."""
        served = self._recorder.served
        if served is None:
            return False
        found = served.step(self._recorder, self._name, self._state)
        if found is None:
            return False
        self._result = found
        return True

    def result(self) -> object:
        """The recorded result. Raises ReplayedError when the step failed then."""
        return self._result.give(self._state)

    def returned(self, value: object) -> object:
        """Note what the function returned: the state after is that, or the changed argument."""
        self._output = self._state if value is None else value
        if value is None and isinstance(self._state, dict):
            self._how = {"in_place": True}
        elif value is self._state:
            self._how = {"returns_argument": True}
        return value

    def __enter__(self) -> None:
        recorder = self._recorder
        parent = current.enclosing_span(recorder)
        self._step = recorder.start(self._name, self._state, parent=parent)
        self._token = current.enter_step(recorder, self._step.span)
        if recorder.served is not None:
            recorder.served.entered(self._step)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        current.leave_step(self._token)
        meta = {**(self._meta or {}), **self._how}
        self._recorder.finish(self._step, self._output, error=error, meta=meta)


def state_reader(
    function: Callable[..., object],
) -> Callable[[tuple[object, ...], dict[str, object]], object]:
    """What makes the state before a call of ``function`` from its arguments.

    That is its only argument, or else an object of the arguments by name.
    """
    names = _parameters(function)
    skipped = 1 if names[:1] in (["self"], ["cls"]) else 0
    names = names[skipped:]

    def state_of(args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        given = args[skipped:]
        if len(given) == 1 and not kwargs and not isinstance(given[0], _NO_STATE):
            return given[0]
        named: dict[str, object] = dict(zip(names, given, strict=False))
        if len(given) > len(names):
            named["args"] = list(given[len(names) :])
        return named | kwargs

    return state_of


def _parameters(function: Callable[..., object]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter.name for parameter in parameters if parameter.kind in places]
