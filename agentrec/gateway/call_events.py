"""The events of a call: what was sent and what came back, with parts that are recorded once."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.call_mask import is_altered
from agentrec.gateway.dialects import server_sent_events
from agentrec.gateway.dialects.api import Answer, Api, content_text
from agentrec.gateway.dialects.known import GENERATE, OTHER, Kind, kind_of
from agentrec.gateway.part_store import PartStore, canonical, hash_of
from agentrec.gateway.side_requests import side_of
from agentrec.gateway.transport.content_coding import decode
from agentrec.gateway.transport.exchange import Exchange, header
from agentrec.json_values import JsonObject, count, table, tables, text

if TYPE_CHECKING:
    from agentrec.gateway.call_mask import CallMask
    from agentrec.gateway.transport.exchange import Capture

MAX_DECODED_BYTES = 64 << 20
# Of a body that is not understood.
MAX_RAW_BYTES = 1 << 20
MAX_ERROR_CHARS = 2000


class Request(NamedTuple):
    """A request as it was read.

    ``fresh`` are the messages that no earlier request had, masked; ``base`` is the request that it builds on.
    """

    span: str
    api: Api | None
    operation: str
    model: str
    streams: bool = False
    side: str = ""
    base: str = ""
    fresh: tuple[JsonObject, ...] = ()
    repeated: int = 0
    previous: str = ""
    system: str = ""
    at: str = ""
    # Equal for equal requests.
    asks: str = ""


class Response(NamedTuple):
    """An answer as it was read. ``body`` is masked; None if it is not understood."""

    answer: Answer
    body: JsonObject | None


class CallEvents:
    """Makes the data of `llm/request` and `llm/response` events for one recording."""

    def __init__(self, mask: CallMask) -> None:
        self._mask = mask
        self._parts = PartStore(mask)
        # What a request asks -> the last one that asked it in vain.
        self._failed: dict[str, str] = {}

    # --- requests -----------------------------------------------------------------------------

    def request(self, exchange: Exchange) -> tuple[Request, JsonObject]:
        """Return what was asked, and the data of its event."""
        self._mask.learn(exchange.headers, exchange.target)
        kind = kind_of(exchange.target)
        if kind.api and exchange.method != "POST":
            kind = Kind(OTHER)
        body, raw = self._read(exchange.request, header(exchange.headers, "content-encoding"))
        data = self._request_head(exchange, kind.operation)
        if kind.api is None or body is None:
            request = Request(exchange.span, None, kind.operation, "")
            return request, data | self._opaque(body, raw) | self._new_parts()
        api = kind.api
        model, streams = api.model(body, exchange.target), api.streams(body, exchange.target)
        side = side_of(api, body) if kind.operation == GENERATE else ""
        data |= {"api": api.name, "model": model, "stream": streams}
        data |= {"side": side} if side else {}
        parts = self._split(exchange.span, api, body)
        asks = hash_of(
            canonical({**parts, "base": "", "repeated": 0, "messages": body.get(api.messages)})
        )
        data |= {"retry_of": self._failed[asks]} if asks in self._failed else {}
        fresh = tables(body.get(api.messages))[count(parts.get("repeated")) :]
        request = Request(
            exchange.span,
            api,
            kind.operation,
            model,
            streams,
            side,
            base=text(parts.get("base")),
            fresh=tuple(tables(self._mask.value(fresh))),
            repeated=count(parts.get("repeated")),
            previous=text(body.get("previous_response_id")),
            system=self._mask.text(_system_text(api, body)),
            at=iso_time(exchange.started_at),
            asks=asks,
        )
        return request, data | parts | self._new_parts()

    def _request_head(self, exchange: Exchange, operation: str) -> JsonObject:
        return {
            "operation": operation,
            "method": exchange.method,
            "host": exchange.host,
            "path": self._mask.target(exchange.target),
            "headers": self._mask.headers(exchange.headers),
            "bytes": exchange.request.size,
            "at": iso_time(exchange.started_at),
        } | ({"web_socket": True} if exchange.is_web_socket else {})

    def _split(self, span: str, api: Api, body: JsonObject) -> JsonObject:
        """A request's body as parts."""
        add, rest = self._parts.add, dict(body)
        data: JsonObject = {}
        if isinstance(body.get(api.messages), list):
            data |= self._messages(span, tables(rest.pop(api.messages)))
        if api.system and body.get(api.system):
            system = rest.pop(api.system)
            data["system"] = [add(it) for it in system] if isinstance(system, list) else add(system)
        if body.get(api.tools):
            data["tools"] = add(rest.pop(api.tools))
        data["options"] = add(rest)
        return data

    def _messages(self, span: str, messages: list[JsonObject]) -> JsonObject:
        marks: list[list[object]] = []
        names = [
            self._parts.add(without_cache_marks(message, index, marks))
            for index, message in enumerate(messages)
        ]
        base, shared = self._parts.base_for(names)
        self._parts.remember(span, names)
        data: JsonObject = {"messages": names[shared:], "count": len(names)}
        if base is not None:
            data |= {"base": base.span, "repeated": shared}
        return data | ({"cache_marks": marks} if marks else {})

    # --- answers ------------------------------------------------------------------------------

    def response(self, exchange: Exchange, request: Request) -> tuple[Response, JsonObject]:
        """Return what was answered, and the data of its event."""
        body, complete, raw = self._answer_body(exchange, request)
        answer = request.api.answer(body) if request.api and body is not None else Answer()
        data = self._response_head(exchange, answer, complete=complete)
        if request.api is not None and body is not None:
            data |= self._split_answer(request.api, body)
        else:
            data |= self._opaque(body, raw)
        masked = None if body is None else table(self._mask.value(body))
        if request.asks and (data.get("error") or not complete):
            self._failed[request.asks] = request.span
        data |= {"masked": True} if is_altered(body, masked) else {}
        return Response(answer, masked), data | self._new_parts()

    def _answer_body(
        self, exchange: Exchange, request: Request
    ) -> tuple[JsonObject | None, bool, bytes]:
        """The body in one piece, whether it is all of it, and its bytes if it is not understood."""
        coding = header(exchange.response_headers, "content-encoding")
        data = bytes(exchange.response.data)
        decoded = decode(data, coding, MAX_DECODED_BYTES) if coding else data
        is_whole = exchange.response.is_whole
        complete = exchange.ended == "complete" and is_whole
        if decoded is None:
            return None, complete, data
        if request.api is None or not _is_stream(exchange, request, decoded):
            return _json_object(decoded), complete, decoded
        frames, odd = server_sent_events.parse(decoded)
        if not frames:
            return None, complete, decoded
        body, ended = request.api.assemble(frames)
        # An agent may close the connection when it has seen the last event.
        return body, ended and is_whole and not odd, b""

    def _response_head(self, exchange: Exchange, answer: Answer, *, complete: bool) -> JsonObject:
        error = answer.error or ("" if complete else exchange.reason)
        ended = "complete" if complete else exchange.ended
        ended = "cut" if ended == "complete" and not complete else ended
        return {
            "status": exchange.status or None,
            "ended": ended,
            "headers": self._mask.headers(exchange.response_headers),
            "bytes": exchange.response.size,
            "first_byte_ms": exchange.first_byte_ms,
            "duration_ms": exchange.duration_ms,
            "chunks": exchange.chunks,
            "at": iso_time(exchange.started_at + exchange.duration_ms / 1000),
        } | _present(
            id=answer.id,
            model=answer.model,
            usage=answer.usage.as_data() if answer.usage else None,
            stop_reason=answer.stop_reason,
            error=self._mask.text(error)[:MAX_ERROR_CHARS],
        )

    def _split_answer(self, api: Api, body: JsonObject) -> JsonObject:
        outputs = [self._parts.add(it) for it in api.outputs(body)]
        rest = {k: v for k, v in body.items() if not outputs or k != api.output}
        return {"output": outputs, "envelope": self._mask.value(rest)}

    # --- bodies -------------------------------------------------------------------------------

    def _read(self, body: Capture, coding: str) -> tuple[JsonObject | None, bytes]:
        data = bytes(body.data)
        decoded = decode(data, coding, MAX_DECODED_BYTES) if coding else data
        if decoded is None or not body.is_whole:
            return None, data if decoded is None else decoded
        return _json_object(decoded), decoded

    def _opaque(self, body: JsonObject | None, raw: bytes) -> JsonObject:
        """A body that no API explains: JSON as it is, else text, else bytes."""
        if body is not None:
            return {"body": self._parts.add(body)}
        if not raw:
            return {}
        data = raw[:MAX_RAW_BYTES]
        try:
            value: JsonObject = {"text": self._mask.text(data.decode())}
        except UnicodeDecodeError:
            value = {"base64": base64.b64encode(data).decode()}
        return {"body": self._parts.add(value), "body_is_raw": True}

    def _new_parts(self) -> JsonObject:
        parts = self._parts.take_new()
        return {"parts": parts} if parts else {}


def _system_text(api: Api, body: JsonObject) -> str:
    system = body.get(api.system) if api.system else None
    return content_text(system.get("parts") if isinstance(system, dict) else system)


def without_cache_marks(message: JsonObject, index: int, marks: list[list[object]]) -> JsonObject:
    """A message without the marks for the provider's cache, which move with each request.

    They are added to ``marks``: the number of the message, of its block, and the mark.
    """
    content = message.get("content")
    if not isinstance(content, list):
        return message
    blocks: list[object] = []
    for number, block in enumerate(content):
        if isinstance(block, dict) and "cache_control" in block:
            marks.append([index, number, block["cache_control"]])
            blocks.append({k: v for k, v in block.items() if k != "cache_control"})
        else:
            blocks.append(block)
    return message | {"content": blocks}


def iso_time(seconds: float) -> str:
    """Seconds since the epoch as events have it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def _is_stream(exchange: Exchange, request: Request, body: bytes) -> bool:
    kind = header(exchange.response_headers, "content-type")
    is_list = request.streams and body.lstrip()[:1] == b"["
    return "event-stream" in kind or is_list or exchange.is_web_socket


def _json_object(data: bytes) -> JsonObject | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _present(**fields: object) -> JsonObject:
    return {name: value for name, value in fields.items() if value not in (None, "")}
