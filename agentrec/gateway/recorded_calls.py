"""The model calls of a recording: whole requests and answers, put together from their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.gateway.dialects.known import APIS
from agentrec.json_values import JsonObject, table
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmRequest, LlmResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.gateway.dialects.api import Api
    from agentrec.recording.events import Event


class RecordedCall:
    """One call. ``body`` is the request's; ``messages`` are its, without marks for the provider's cache.

    ``answer`` is the answer's body in one piece, None if it was not understood or never came.
    """

    def __init__(self, span: str, seq: int, request: LlmRequest) -> None:
        self.span, self.seq, self.request = span, seq, request
        self.api: Api | None = APIS.get(request.api)
        self.messages: list[JsonObject] = []
        self.body: JsonObject = {}
        self.response: LlmResponse | None = None
        self.answer: JsonObject | None = None


class RecordedCalls:
    """Collects calls from events in order. Parts that are missing, in a damaged file, are empty."""

    def __init__(self) -> None:
        self.calls: dict[str, RecordedCall] = {}
        self._parts: dict[str, object] = {}
        # Names of the messages of each request.
        self._messages: dict[str, list[str]] = {}

    def feed(self, event: Event) -> None:
        """Take an event; others than those of calls are left out."""
        match decode(event):
            case LlmRequest() as request:
                self._parts |= request.parts
                self._request(event, request)
            case LlmResponse() as response:
                self._parts |= response.parts
                call = self.calls.get(event.span or "")
                if call is not None:
                    call.response, call.answer = response, self._answer(call, response)

    def _request(self, event: Event, request: LlmRequest) -> None:
        span = event.span or ""
        names = [*self._messages.get(request.base, [])[: request.repeated or 0], *request.messages]
        self._messages[span] = names
        call = self.calls[span] = RecordedCall(span, event.seq, request)
        call.messages = [table(self._parts.get(name)) for name in names]
        call.body = self._body(call)

    def _body(self, call: RecordedCall) -> JsonObject:
        request, api = call.request, call.api
        if api is None:
            return table(self._parts.get(request.body))
        body = dict(table(self._parts.get(request.options)))
        if "messages" in request.data:
            body[api.messages] = _with_cache_marks(call.messages, request.cache_marks)
        if isinstance(request.system, list):
            body[api.system] = [self._parts.get(str(name)) for name in request.system]
        elif isinstance(request.system, str):
            body[api.system] = self._parts.get(request.system)
        if request.tools:
            body[api.tools] = self._parts.get(request.tools)
        return body

    def _answer(self, call: RecordedCall, response: LlmResponse) -> JsonObject | None:
        if response.body:
            return None if response.body_is_raw else table(self._parts.get(response.body))
        if call.api is None or "envelope" not in response.data:
            return None
        output = [self._parts.get(name) for name in response.output]
        return dict(response.envelope) | call.api.with_output(output)

    def part(self, name: str) -> object:
        """Return a part by its name."""
        return self._parts.get(name)


def calls_of(events: Iterable[Event]) -> list[RecordedCall]:
    """Return the calls of a recording in the order of their requests."""
    calls = RecordedCalls()
    for event in events:
        calls.feed(event)
    return list(calls.calls.values())


def _with_cache_marks(messages: list[JsonObject], marks: object) -> list[JsonObject]:
    marked = list(messages)
    for index, number, mark in _marks(marks):
        if index < len(marked):
            content = marked[index].get("content")
            blocks = list(content) if isinstance(content, list) else []
            if number < len(blocks) and isinstance(blocks[number], dict):
                blocks[number] = blocks[number] | {"cache_control": mark}
                marked[index] = marked[index] | {"content": blocks}
    return marked


def _marks(marks: object) -> Iterator[tuple[int, int, object]]:
    for it in marks if isinstance(marks, list) else ():
        if isinstance(it, list) and len(it) == 3:
            index, number, mark = it
            if type(index) is int and type(number) is int and min(index, number) >= 0:
                yield index, number, mark
