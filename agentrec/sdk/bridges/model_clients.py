"""The clients of OpenAI and Anthropic: every call that goes through one is recorded.

``wrap_openai`` and ``wrap_anthropic`` replace the methods of one client, sync or async, of any living major
version; nothing is imported. A call is recorded to the recorder that is current, or the one that is given.
"""

from __future__ import annotations

import inspect
import time
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from agentrec.json_values import JsonObject, table
from agentrec.sdk import current
from agentrec.sdk.bridges.streamed_answers import ChatPieces, MessagePieces, ResponsePieces
from agentrec.sdk.failures import error_text
from agentrec.sdk.run_protocols import MODEL
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from agentrec.sdk.bridges.streamed_answers import Pieces
    from agentrec.sdk.run_protocols import RunRecorder


Client = TypeVar("Client")
# Settings of the connection, which say nothing of the call.
_NOT_SENT = frozenset({"extra_headers", "extra_query", "timeout", "stream_options"})
_MARK = "agentrec_wrapped"


class _Api(NamedTuple):
    """One way of calling a model: ``path`` to the object with ``create``, the class of its answers."""

    name: str
    path: str
    methods: tuple[str, ...]
    answer: str
    pieces: Callable[[], Pieces]
    asks_for_usage: bool = False


_OPENAI = (
    _Api(
        "openai.chat",
        "chat.completions",
        ("create", "parse"),
        "openai.types.chat:ChatCompletion",
        ChatPieces,
        asks_for_usage=True,
    ),
    _Api(
        "openai.responses",
        "responses",
        ("create", "parse"),
        "openai.types.responses:Response",
        ResponsePieces,
    ),
)
_ANTHROPIC = tuple(
    _Api(
        "anthropic.messages",
        path,
        ("create", "stream", "parse"),
        "anthropic.types:Message",
        MessagePieces,
    )
    for path in ("messages", "beta.messages")
)


def wrap_openai(client: Client, recorder: RunRecorder | None = None) -> Client:
    """Record the calls of an ``OpenAI`` or ``AsyncOpenAI`` client; returns it."""
    return _wrap(client, _OPENAI, recorder)


def wrap_anthropic(client: Client, recorder: RunRecorder | None = None) -> Client:
    """Record the calls of an ``Anthropic`` or ``AsyncAnthropic`` client; returns it."""
    return _wrap(client, _ANTHROPIC, recorder)


def _wrap(client: Client, apis: tuple[_Api, ...], recorder: RunRecorder | None) -> Client:
    if getattr(client, _MARK, False):
        return client
    for api in apis:
        owner: object = client
        for name in api.path.split("."):
            owner = getattr(owner, name, None)
        for method in api.methods if owner is not None else ():
            original = getattr(owner, method, None)
            if callable(original):
                setattr(owner, method, _recorded(api, method, original, recorder))
    setattr(client, _MARK, True)
    return client


def _recorded(
    api: _Api, method: str, original: Callable[..., object], own: RunRecorder | None
) -> Callable[..., object]:
    def call(*args: object, **kwargs: object) -> object:
        recorder = current.recorder_for(own)
        if recorder is None:
            return original(*args, **kwargs)
        sent = {name: value for name, value in kwargs.items() if _is_sent(name, value)}
        running = _ModelCall(api, recorder, sent)
        if method != "stream" and (served := running.served()) is not None:
            return _ready(served) if _is_async(original) else served
        asked = _asked_for_usage(api, kwargs)
        try:
            answer = original(*args, **asked)
        except Exception as error:
            running.end(None, error)
            raise
        hides_usage = asked is not kwargs
        if method == "stream":
            return _StreamManager(answer, running)
        if inspect.isawaitable(answer):
            return _awaited(answer, running, hides_usage=hides_usage)
        return _answered(answer, running, hides_usage=hides_usage)

    return call


async def _awaited(answer: Awaitable[object], running: _ModelCall, *, hides_usage: bool) -> object:
    try:
        value = await answer
    except BaseException as error:
        running.end(None, error)
        raise
    return _answered(value, running, hides_usage=hides_usage)


def _answered(answer: object, running: _ModelCall, *, hides_usage: bool) -> object:
    """The answer, or a stream of which each piece is seen."""
    if hasattr(answer, "__anext__") or hasattr(answer, "__aiter__"):
        return _AsyncStream(answer, running, hides_usage=hides_usage)
    if hasattr(answer, "__next__") or (hasattr(answer, "__iter__") and hasattr(answer, "response")):
        return _Stream(answer, running, hides_usage=hides_usage)
    running.end(_plain(answer))
    return answer


def _plain(answer: object) -> JsonObject:
    """An answer as JSON; of a raw response what it holds."""
    parse = getattr(answer, "parse", None)
    if not hasattr(answer, "model_dump") and callable(parse):
        answer = parse()
    dump = getattr(answer, "model_dump", None)
    return table(dump(mode="json", warnings=False)) if callable(dump) else {}


def _is_sent(name: str, value: object) -> bool:
    given = type(value).__name__ not in ("NotGiven", "Omit")
    return given and name not in _NOT_SENT


def _is_async(original: Callable[..., object]) -> bool:
    owner = getattr(original, "__self__", None)
    return type(owner).__name__.startswith("Async")


async def _ready(value: object) -> object:
    return value


def _asked_for_usage(api: _Api, kwargs: dict[str, object]) -> dict[str, object]:
    """Have a stream tell its tokens; the piece that does is not handed on if nobody has asked for it."""
    if not (api.asks_for_usage and kwargs.get("stream") is True):
        return kwargs
    options = table(kwargs.get("stream_options"))
    if "include_usage" in options:
        return kwargs
    return {**kwargs, "stream_options": {**options, "include_usage": True}}


class _ModelCall:
    """One call on its way."""

    def __init__(self, api: _Api, recorder: RunRecorder, sent: JsonObject) -> None:
        self._api, self._recorder, self._sent = api, recorder, sent
        self._began = time.perf_counter_ns()
        self._parent = current.enclosing_span(recorder)
        self.pieces = api.pieces()
        self._ended = False

    def served(self) -> object:
        """The recorded answer, if this call is served from a recording: not of one that is streamed."""
        if self._recorder.served is None or self._sent.get("stream"):
            return None
        found = self._recorder.served.call(MODEL, self._api.name, self._sent)
        if found is None:
            return None
        self._record(table(found.value), error_text(found.error) or None, served=True)
        value = found.give(None)
        module, _, name = self._api.answer.partition(":")
        answer = getattr(import_module(module), name)
        made: object = answer.construct(**table(value))
        return made

    def end(self, answer: JsonObject | None, error: BaseException | None = None) -> None:
        """Record the call, once."""
        if not self._ended:
            self._ended = True
            self._record(answer or {}, error)

    def end_stream(self, error: BaseException | None = None) -> None:
        """Record the call with what has come of its answer."""
        self.end(self.pieces.answer(), error)

    def _record(
        self, answer: JsonObject, error: BaseException | str | None, *, served: bool = False
    ) -> None:
        took = (time.perf_counter_ns() - self._began) / NS_PER_MS
        self._recorder.record_llm_call(
            self._api.name,
            self._sent,
            answer or None,
            model=str(answer.get("model") or self._sent.get("model") or ""),
            tokens=None if served else answer.get("usage"),
            cost_usd=0.0 if served else None,
            duration_ms=round(took, 3),
            stop_reason=_stop_reason(answer),
            id=str(answer.get("id") or ""),
            parent=self._parent,
            error=error or None,
            served=served,
        )


def _stop_reason(answer: JsonObject) -> str:
    choices = answer.get("choices")
    first = table(choices[0]) if isinstance(choices, list) and choices else {}
    found = answer.get("stop_reason") or first.get("finish_reason") or answer.get("status")
    return found if isinstance(found, str) else ""


class _Watched:
    """Stands for a stream: everything else goes to the stream itself."""

    # Set here, or `__getattr__` would find that of the stream itself.
    _iterator: Iterator[object] | None = None
    _async_iterator: AsyncIterator[object] | None = None

    def __init__(self, stream: object, running: _ModelCall, *, hides_usage: bool) -> None:
        self._stream, self._running, self._hides_usage = stream, running, hides_usage

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _saw(self, event: object) -> bool:
        """Take a piece; whether the caller gets it."""
        data = _plain(event)
        self._running.pieces.add(data)
        return not (self._hides_usage and data.get("usage") and not data.get("choices"))


class _Stream(_Watched):
    def __iter__(self) -> Iterator[object]:
        try:
            for event in self._stream:  # type: ignore[attr-defined]
                if self._saw(event):
                    yield event
        except Exception as error:
            self._running.end_stream(error)
            raise
        finally:
            self._running.end_stream()

    def __next__(self) -> object:
        self._iterator = self._iterator or iter(self)
        return next(self._iterator)

    def __enter__(self) -> Self:
        self._stream.__enter__()  # type: ignore[attr-defined]
        return self

    def __exit__(self, *error: object) -> object:
        self._running.end_stream()
        left: object = self._stream.__exit__(*error)  # type: ignore[attr-defined]
        return left


class _AsyncStream(_Watched):
    async def __aiter__(self) -> AsyncIterator[object]:
        try:
            async for event in self._stream:  # type: ignore[attr-defined]
                if self._saw(event):
                    yield event
        except Exception as error:
            self._running.end_stream(error)
            raise
        finally:
            self._running.end_stream()

    async def __anext__(self) -> object:
        self._async_iterator = self._async_iterator or aiter(self)
        return await anext(self._async_iterator)

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()  # type: ignore[attr-defined]
        return self

    async def __aexit__(self, *error: object) -> object:
        self._running.end_stream()
        left: object = await self._stream.__aexit__(*error)  # type: ignore[attr-defined]
        return left


class _StreamManager:
    """Stands for the context manager of ``messages.stream()``: its stream keeps what has come."""

    def __init__(self, manager: object, running: _ModelCall) -> None:
        self._manager, self._running = manager, running
        self._entered: object = None

    def __enter__(self) -> object:
        self._entered = self._manager.__enter__()  # type: ignore[attr-defined]
        return self._entered

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> object:
        self._end(error)
        left: object = self._manager.__exit__(kind, error, trace)  # type: ignore[attr-defined]
        return left

    async def __aenter__(self) -> object:
        self._entered = await self._manager.__aenter__()  # type: ignore[attr-defined]
        return self._entered

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> object:
        self._end(error)
        left: object = await self._manager.__aexit__(kind, error, trace)  # type: ignore[attr-defined]
        return left

    def _end(self, error: BaseException | None) -> None:
        try:
            answer = _plain(getattr(self._entered, "current_message_snapshot", None))
        except AssertionError:  # nothing has come
            answer = {}
        self._running.end(answer, error)
