"""Spans as OTLP: the JSON that the protocol describes, and protobuf."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from agentrec import __version__
from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.otel.span import OtelSpan, RunTrace, Value

SPANS_PER_REQUEST = 500
_ERROR = 2
_MAX_INT = (1 << 63) - 1
_IDS = ("traceId", "spanId", "parentSpanId")


def requests_of(trace: RunTrace) -> Iterator[JsonObject]:
    """The bodies of the requests that carry a trace, as OTLP/JSON."""
    for start in range(0, len(trace.spans), SPANS_PER_REQUEST):
        yield _request(trace, trace.spans[start : start + SPANS_PER_REQUEST])


def to_protobuf(request: JsonObject) -> bytes:
    """The same as protobuf. Raises UsageError where that is not installed."""
    try:
        from google.protobuf.json_format import ParseDict
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )
    except ImportError:
        raise UsageError(
            "protobuf needs opentelemetry-proto, of the extra `otel`",
            "install it, or use --protocol http/json",
        ) from None
    # In the JSON of protobuf bytes are base64, in that of OTLP ids are hex.
    message = ParseDict(_with_base64_ids(request), ExportTraceServiceRequest())
    return bytes(message.SerializeToString())


def _with_base64_ids(table: JsonObject) -> JsonObject:
    return {name: _member(name, value) for name, value in table.items()}


def _member(name: str, value: object) -> object:
    if name in _IDS and isinstance(value, str):
        return base64.b64encode(bytes.fromhex(value)).decode()
    if isinstance(value, list):
        return [_member("", one) for one in value]
    return _with_base64_ids(value) if isinstance(value, dict) else value


def _request(trace: RunTrace, spans: Sequence[OtelSpan]) -> JsonObject:
    scope = {"name": "agentrec", "version": __version__}
    found = [_span(trace.id, span) for span in spans]
    resource = {"attributes": _attributes(trace.resource)}
    return {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": found}]}]
    }


def _span(trace: str, span: OtelSpan) -> JsonObject:
    found: JsonObject = {
        "traceId": trace,
        "spanId": span.id,
        "name": _text(span.name),
        "kind": span.kind,
        # 64-bit numbers are texts in JSON.
        "startTimeUnixNano": _time(span.start),
        "endTimeUnixNano": _time(max(span.start, span.end)),
        "attributes": _attributes(span.attributes),
    }
    if span.parent:
        found["parentSpanId"] = span.parent
    if span.events:
        found["events"] = [
            {
                "name": one.name,
                "timeUnixNano": _time(one.t),
                "attributes": _attributes(one.attributes),
            }
            for one in span.events
        ]
    if span.links:
        found["links"] = [{"traceId": of, "spanId": id_} for of, id_ in span.links]
    if span.error:
        found["status"] = {"code": _ERROR, "message": _text(span.error)}
    return found


def _attributes(values: dict[str, Value]) -> list[JsonObject]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Value) -> JsonObject:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [{"stringValue": _text(one)} for one in value]}}
    return {"stringValue": _text(value)}


def _text(words: str) -> str:
    """Text that protobuf can hold: it knows no lone surrogates."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _time(ns: int) -> str:
    """A time that it can hold."""
    return str(min(max(0, ns), _MAX_INT))
