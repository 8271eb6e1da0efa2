"""Writes what is known of calls as lines for the recorder: events, and calls that may be told elsewhere."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

from agentrec.gateway.call_events import CallEvents, Request
from agentrec.gateway.call_story import CallStory
from agentrec.gateway.dialects.known import GENERATE

if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.gateway.call_mask import CallMask
    from agentrec.gateway.transport.exchange import Exchange
    from agentrec.json_values import JsonObject

MAX_TROUBLES = 100


class CallLog:
    """Takes exchanges, in one thread, and writes lines to ``fd``; see :mod:`agentrec.gateway.companion`."""

    def __init__(self, fd: int, agent: str, mask: CallMask) -> None:
        self._fd, self._mask = fd, mask
        self._events = CallEvents(mask)
        self._story = CallStory(agent)
        self._open: dict[str, Request] = {}
        self._lock = threading.Lock()
        self._troubles = 0

    def on_request(self, exchange: Exchange) -> None:
        request, data = self._events.request(exchange)
        self._open[exchange.span] = request
        self._write({"event": ["llm", "request", data], "span": exchange.span})

    def on_response(self, exchange: Exchange) -> None:
        request = self._open.pop(exchange.span, None)
        if request is None:
            return
        response, data = self._events.response(exchange, request)
        self._write({"event": ["llm", "response", data], "span": exchange.span})
        if request.operation != GENERATE or request.api is None:
            return
        call, story = self._story.add(request, response, data)
        answer = response.answer
        self._write({
            "call": {
                "id": answer.id,
                "usage": list(answer.usage) if answer.usage else None,
                "side": request.side,
            },
            "alone": _lines(call),
            "story": _lines(story),
        })  # fmt: skip

    def trouble(self, text: str) -> None:
        """A call could not be understood."""
        self._troubles += 1
        if self._troubles <= MAX_TROUBLES:
            self._write({"trouble": self._mask.text(text)})

    def dropped(self, count: int) -> None:
        """So many bodies came faster than they could be recorded."""
        if count:
            self._write({"event": ["sys", "dropped", {"what": "model calls", "count": count}]})

    def _write(self, line: JsonObject) -> None:
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]


def _lines(events: list[AgentEvent]) -> list[JsonObject]:
    return [{"event": [event.track, event.kind, event.data], **_links(event)} for event in events]


def _links(event: AgentEvent) -> JsonObject:
    links = {"span": event.span, "parent": event.parent, "actor": event.actor}
    return {name: value for name, value in links.items() if value is not None}
