"""Spans as OTLP."""

import json

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agentrec.otel import otlp
from agentrec.otel.otlp import requests_of, to_protobuf
from agentrec.otel.run_spans import run_trace
from agentrec.recording.writer import Writer
from tests.otel.made import make, opened
from tests.otel.receiver import Receiver


def test_protobuf_says_the_same_as_json(tmp_path):
    with opened(make(tmp_path / "r.ahr", parent={"id": "p", "relation": "branch"})) as recording:
        (request,) = requests_of(run_trace(recording, content=True))
    with Receiver() as as_json, Receiver() as as_protobuf:
        as_json.take({"Content-Type": "application/json"}, json.dumps(request).encode())
        as_protobuf.take({"Content-Type": "application/x-protobuf"}, to_protobuf(request))
    assert as_json.spans == as_protobuf.spans
    assert as_json.resources == as_protobuf.resources


def test_ids_and_times_are_those_of_the_protocol(tmp_path):
    with opened(make(tmp_path / "r.ahr")) as recording:
        (request,) = requests_of(run_trace(recording))
    message = ExportTraceServiceRequest()
    message.ParseFromString(to_protobuf(request))
    for span in message.resource_spans[0].scope_spans[0].spans:
        assert (len(span.trace_id), len(span.span_id)) == (16, 8)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano


def test_values_that_the_protocol_cannot_hold(tmp_path):
    """A recording is anybody's file: lone surrogates, huge numbers, years before 1970."""
    header = {"id": "r\ud800", "command": ["\udcff"], "created": "0001-01-01T00:00:00Z"}
    writer = Writer(str(tmp_path / "r.ahr"), {"cols": 80, "rows": 24, **header})
    writer.event(0, "agent", "session", {"agent": "a\ud800", "session_id": "s\udfff"})
    writer.event(1, "agent", "message", {"role": "user", "text": "lone \ud83d, \ud83d\ude00"})
    writer.event(2, "tool", "call", {"name": "\udc00", "id": "t", "input": {"a": "\ud800"}})
    writer.close()
    with opened(tmp_path / "r.ahr") as recording:
        (request,) = requests_of(run_trace(recording, content=True))
    assert "\\ud800" not in json.dumps(request)
    message = ExportTraceServiceRequest()
    message.ParseFromString(to_protobuf(request))
    root = message.resource_spans[0].scope_spans[0].spans[0]
    assert root.name == "invoke_agent a\ufffd"
    found = {one.key: one.value for one in root.attributes}
    assert "\ufffd, \U0001f600" in found["gen_ai.input.messages"].string_value


def test_many_spans_are_several_requests(tmp_path, monkeypatch):
    monkeypatch.setattr(otlp, "SPANS_PER_REQUEST", 2)
    with opened(make(tmp_path / "r.ahr")) as recording:
        trace = run_trace(recording)
    sizes = [len(it["resourceSpans"][0]["scopeSpans"][0]["spans"]) for it in requests_of(trace)]
    assert sizes == [2, 2, 2]
