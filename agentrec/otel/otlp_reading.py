"""Requests of OTLP, read: a body is anybody's, so what is wrong with it is said and nothing else happens.

Spans without what every span has are refused one by one, as the protocol's partial success has it.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import FormatError
from agentrec.json_values import JsonObject, table, tables, text
from agentrec.otel.otlp_protobuf import (
    MAX_PARTS,
    MAX_SPAN_BYTES,
    TooManyError,
    request_parts,
)
from agentrec.otel.received_span import ReceivedEvent, ReceivedSpan, clean_text, plain_value

if TYPE_CHECKING:
    from collections.abc import Iterator

TOO_LARGE = f"a span larger than {MAX_SPAN_BYTES >> 20} MiB"
# Commas and brackets in a body: what is made of it takes some 100 bytes for each.
_MAX_JSON_SIGNS = 2_000_000
_MAX_ATTRIBUTES = 2000  # of a span, of an event, of a resource
_MAX_EVENTS = 1000  # of a span
_MAX_NAME_CHARS = 500
_MAX_DEPTH = 32
_TRACE_ID, _SPAN_ID = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{16}")
_FAILED = (2, "STATUS_CODE_ERROR")
# Spans of other times than these have a clock that is not set: 2000 and 2200, in ns.
_FIRST_NS, _LAST_NS = 946_684_800 * 10**9, 7_258_118_400 * 10**9


class ReadRequest(NamedTuple):
    """The spans of a request, and how many were ``refused`` because of ``why``."""

    spans: list[ReceivedSpan]
    refused: int
    why: str


def read_request(body: bytes, *, is_json: bool) -> ReadRequest:
    """The spans in the body of an export request. Raises FormatError, NoProtobufError, TooManyError."""
    spans: list[ReceivedSpan] = []
    refused, why = 0, ""
    for given, resource in _json_parts(body) if is_json else request_parts(body):
        found = _span(given, resource) if given is not None else TOO_LARGE
        if isinstance(found, ReceivedSpan):
            spans.append(found)
        else:
            refused += 1
            why = why or found
    return ReadRequest(spans, refused, why)


def answer(refused: int, why: str, *, is_json: bool) -> bytes:
    """The body of the response."""
    partial = {"rejectedSpans": str(refused), "errorMessage": why} if refused else {}
    if is_json:
        return json.dumps({"partialSuccess": partial} if partial else {}).encode()
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    if refused:
        response.partial_success.rejected_spans = refused
        response.partial_success.error_message = why
    return bytes(response.SerializeToString())


def _json_parts(body: bytes) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Every span, and its resource."""
    if sum(map(body.count, (b",", b"[", b"{"))) > _MAX_JSON_SIGNS:
        raise TooManyError("too many values in a request")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise FormatError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise FormatError("the body is not a JSON object")
    if not isinstance(document.get("resourceSpans", []), list):
        raise FormatError("resourceSpans is not an array")
    parts = 0
    for one in tables(document.get("resourceSpans")):
        resource = table(one.get("resource"))
        for scope in tables(one.get("scopeSpans")):
            for span in tables(scope.get("spans")):
                parts += 1
                if parts > MAX_PARTS:
                    raise TooManyError(f"more than {MAX_PARTS:,} spans in a request")
                yield span, resource


def _span(given: JsonObject, resource: JsonObject) -> ReceivedSpan | str:
    """The span, or what is wrong with it."""
    trace, id_ = text(given.get("traceId")).lower(), text(given.get("spanId")).lower()
    parent = text(given.get("parentSpanId")).lower()
    if not _TRACE_ID.fullmatch(trace) or not trace.strip("0"):
        return "a span without a valid trace id"
    if not _SPAN_ID.fullmatch(id_) or not id_.strip("0"):
        return "a span without a valid id"
    start, end = _time(given.get("startTimeUnixNano")), _time(given.get("endTimeUnixNano"))
    if start is None:
        return "a span without a valid start time"
    status = table(given.get("status"))
    return ReceivedSpan(
        trace,
        id_,
        parent if _SPAN_ID.fullmatch(parent) and parent.strip("0") and parent != id_ else "",
        clean_text(text(given.get("name")))[:_MAX_NAME_CHARS],
        start,
        max(start, end or start),
        _attributes(given.get("attributes")),
        [_event(one, start) for one in tables(given.get("events"))[:_MAX_EVENTS]],
        status.get("code") in _FAILED,
        clean_text(text(status.get("message"))),
        _attributes(resource.get("attributes")),
    )


def _event(given: JsonObject, start: int) -> ReceivedEvent:
    t = _time(given.get("timeUnixNano"))
    name = clean_text(text(given.get("name")))[:_MAX_NAME_CHARS]
    return ReceivedEvent(name, start if t is None else t, _attributes(given.get("attributes")))


def _attributes(pairs: object) -> JsonObject:
    return {
        clean_text(text(pair.get("key"))): plain_value(_value(table(pair.get("value")), 0))
        for pair in tables(pairs)[:_MAX_ATTRIBUTES]
    }


def _value(given: JsonObject, depth: int) -> object:
    """A value of OTLP: an object whose member says what it is."""
    if depth > _MAX_DEPTH:
        return "…"
    for kind, value in given.items():
        match kind:
            case "stringValue":
                return text(value)
            case "boolValue":
                return value is True
            case "intValue":
                return _whole(value)
            case "doubleValue":
                return value if isinstance(value, float | int) else str(value)
            case "arrayValue":
                return [_value(one, depth + 1) for one in tables(table(value).get("values"))]
            case "kvlistValue":
                return {
                    text(one.get("key")): _value(table(one.get("value")), depth + 1)
                    for one in tables(table(value).get("values"))
                }
            case "bytesValue":
                return _bytes(text(value))
    return None


def _bytes(value: str) -> str:
    try:
        return base64.b64decode(value).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value


def _whole(value: object) -> int | None:
    """64-bit numbers are texts in JSON."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and math.isfinite(value):
        return int(value)
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,20}", value):
        return int(value)
    return value if isinstance(value, int) else None


def _time(value: object) -> int | None:
    t = _whole(value)
    return t if t is not None and _FIRST_NS <= t <= _LAST_NS else None
