"""Spans out of a request in protobuf, one at a time, in the form that OTLP/JSON gives them.

A body of a few megabytes can hold millions of empty messages. So a request is taken apart here, span by span,
before anything is made of it; of a span, only so many values are looked at.
"""

from __future__ import annotations

import base64
from itertools import islice
from typing import TYPE_CHECKING, Any

from agentrec.errors import AgentrecError, FormatError
from agentrec.json_values import JsonObject

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of a request: spans, and what they are in.
MAX_PARTS = 20_000
# Of a span or resource, as it comes.
MAX_SPAN_BYTES = 4 << 20
_MAX_VALUES = 20_000  # of a span
_MAX_DEPTH = 32
_MAX_VARINT_BYTES = 10
_RESOURCE_SPANS = _RESOURCE = 1
_SCOPE_SPANS = _SPANS = 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class NoProtobufError(AgentrecError):
    """Protobuf cannot be read on this machine."""


class TooManyError(AgentrecError):
    """A request holds more than is taken at once."""


def request_parts(body: bytes) -> Iterator[tuple[JsonObject | None, JsonObject]]:
    """Each span, or None for one that is too large, and its resource.

    Raises FormatError, NoProtobufError, TooManyError.
    """
    try:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.resource.v1.resource_pb2 import Resource
        from opentelemetry.proto.trace.v1.trace_pb2 import Span
    except ImportError:
        raise NoProtobufError(
            "protobuf needs opentelemetry-proto, of the extra `otel`",
            "install it, or send JSON: OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
        ) from None
    parts = 0
    try:
        for _, group in _members(memoryview(body), _RESOURCE_SPANS):
            resource: JsonObject = {}
            for number, member in _members(group, _RESOURCE, _SCOPE_SPANS):
                parts = _counted(parts)
                if number == _RESOURCE:
                    if len(member) <= MAX_SPAN_BYTES:
                        resource = _resource(Resource.FromString(bytes(member)))
                    continue
                for _, span in _members(member, _SPANS):
                    parts = _counted(parts)
                    small = len(span) <= MAX_SPAN_BYTES
                    yield (_span(Span.FromString(bytes(span))) if small else None), resource
    except (DecodeError, ValueError):
        raise FormatError("the body is not an ExportTraceServiceRequest of OTLP") from None


def _counted(parts: int) -> int:
    if parts >= MAX_PARTS:
        raise TooManyError(f"more than {MAX_PARTS:,} spans in a request")
    return parts + 1


def _members(data: memoryview, *numbers: int) -> Iterator[tuple[int, memoryview]]:
    """The messages in a message that are in one of these fields. Raises ValueError."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _BYTES:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError("cut short")
            if number in numbers:
                yield number, data[at : at + size]
            at += size
        elif kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError("not protobuf")
    if at > end:
        raise ValueError("cut short")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(data[at : at + _MAX_VARINT_BYTES]):
        value |= (byte & 127) << (7 * shift)
        if byte < 128:
            return value, at + shift + 1
    raise ValueError("cut short")


# --- messages as OTLP/JSON has them -------------------------------------------------------------------


def _resource(resource: Any) -> JsonObject:
    return {"attributes": _Values().attributes(resource.attributes)}


def _span(span: Any) -> JsonObject:
    values = _Values()
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": span.name,
        "startTimeUnixNano": span.start_time_unix_nano,
        "endTimeUnixNano": span.end_time_unix_nano,
        "attributes": values.attributes(span.attributes),
        "events": [
            {
                "name": event.name,
                "timeUnixNano": event.time_unix_nano,
                "attributes": values.attributes(event.attributes),
            }
            for event in values.some(span.events)
        ],
        "status": {"code": span.status.code, "message": span.status.message},
    }


class _Values:
    """Reads values, a limited number of them."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def some(self, items: Any) -> Iterator[Any]:
        for item in islice(items, self._left):
            if self._left <= 0:
                return
            self._left -= 1
            yield item

    def attributes(self, pairs: Any, depth: int = 0) -> list[JsonObject]:
        return [
            {"key": pair.key, "value": self._value(pair.value, depth)} for pair in self.some(pairs)
        ]

    def _value(self, value: Any, depth: int) -> JsonObject:
        kind = value.WhichOneof("value")
        if kind is None or depth > _MAX_DEPTH:
            return {}
        if kind == "array_value":
            items = [self._value(one, depth + 1) for one in self.some(value.array_value.values)]
            return {"arrayValue": {"values": items}}
        if kind == "kvlist_value":
            return {
                "kvlistValue": {"values": self.attributes(value.kvlist_value.values, depth + 1)}
            }
        found = getattr(value, kind)
        if kind == "bytes_value":
            return {"bytesValue": base64.b64encode(found).decode()}
        return {_JSON_NAMES[kind]: found} if kind in _JSON_NAMES else {}


_JSON_NAMES = {
    "string_value": "stringValue",
    "bool_value": "boolValue",
    "int_value": "intValue",
    "double_value": "doubleValue",
}
