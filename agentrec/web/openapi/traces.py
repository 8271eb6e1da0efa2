"""Spans of OpenTelemetry, where exporters send them: outside of the prefix of the API."""

from __future__ import annotations

from agentrec.web.openapi.parts import JSON, TEXT, Operation, operation, record

TRACES = "/v1/traces"
PROTOBUF = "application/x-protobuf"

_REQUEST = {
    "type": "object",
    "properties": {"resourceSpans": {"type": "array"}},
    "description": "An ExportTraceServiceRequest of OTLP",
}
_RESPONSE = record(
    {},
    {
        "partialSuccess": record(
            {}, {"rejectedSpans": {**TEXT, "pattern": "^[0-9]+$"}, "errorMessage": TEXT}
        )
    },
)

TRACES_OPERATION: Operation = operation(
    "addTraces",
    "Take spans of OpenTelemetry (OTLP); a trace of an agent becomes a recording in the library",
    _RESPONSE,
    problems=("413", "415", "501"),
)
TRACES_OPERATION["requestBody"] = {
    "required": True,
    "content": {
        JSON: {"schema": _REQUEST},
        PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
    },
}
TRACES_OPERATION["responses"]["200"]["content"][PROTOBUF] = {}
