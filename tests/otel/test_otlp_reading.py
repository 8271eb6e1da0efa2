"""Requests of OTLP, read: both encodings say the same, and nothing in a body does harm."""

import json
import os
import random

import pytest

from agentrec.errors import FormatError
from agentrec.otel import otlp_protobuf, otlp_reading
from agentrec.otel.otlp import requests_of, to_protobuf
from agentrec.otel.otlp_protobuf import TooManyError
from agentrec.otel.otlp_reading import read_request
from agentrec.otel.run_spans import run_trace
from tests.otel.made import make, opened


@pytest.fixture
def trace(tmp_path):
    with opened(make(tmp_path / "r.ahr")) as recording:
        return run_trace(recording, content=True)


def bodies(trace):
    (request,) = requests_of(trace)
    return json.dumps(request).encode(), to_protobuf(request)


def test_both_encodings_give_what_was_exported(trace):
    as_json, as_protobuf = bodies(trace)
    found = read_request(as_json, is_json=True)
    assert found == read_request(as_protobuf, is_json=False)
    assert (len(found.spans), found.refused) == (6, 0)
    for came, went in zip(found.spans, trace.spans, strict=True):
        assert (came.trace, came.id, came.parent) == (trace.id, went.id, went.parent)
        assert (came.start, came.end, came.name) == (went.start, went.end, went.name)
        assert (came.failed, came.status) == (bool(went.error), went.error)
        assert came.resource["agentrec.recording.id"] == "run-1"
        assert came.attributes.keys() == went.attributes.keys()
        assert [event.name for event in came.events] == [event.name for event in went.events]


def test_texts_of_json_are_values(trace):
    (root, *_) = read_request(bodies(trace)[1], is_json=False).spans
    (message,) = root.attributes["gen_ai.input.messages"]
    assert message["role"] == "user"


def test_a_span_survives_the_way_into_the_store(trace):
    for span in read_request(bodies(trace)[0], is_json=True).spans:
        assert type(span).from_json(span.to_json()) == span


@pytest.mark.parametrize("is_json", [True, False])
def test_damaged_bodies(trace, is_json):
    """Cut anywhere, or with any byte changed, a body is read or refused."""
    whole = bodies(trace)[0 if is_json else 1]
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(
            whole[: chance.randrange(len(whole))] if chance.random() < 0.3 else whole
        )
        for _ in range(chance.randrange(4)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            found = read_request(bytes(damaged), is_json=is_json)
        except FormatError:
            continue
        for span in found.spans:
            json.loads(span.to_json())
            span.masked()


def test_noise_in_protobuf():
    for size in (0, 1, 10, 1000):
        for _ in range(50):
            try:
                assert read_request(os.urandom(size), is_json=False).spans == []
            except FormatError:
                continue


def wrapped(number, body):
    """A member of a message in protobuf."""

    def varint(value):
        first, rest = value & 127, value >> 7
        return bytes([first | 128]) + varint(rest) if rest else bytes([first])

    return varint(number << 3 | 2) + varint(len(body)) + body


def test_too_much_at_once(monkeypatch):
    monkeypatch.setattr(otlp_protobuf, "MAX_PARTS", 10)
    monkeypatch.setattr(otlp_reading, "MAX_PARTS", 10)
    monkeypatch.setattr(otlp_reading, "_MAX_JSON_SIGNS", 1000)
    many = wrapped(1, wrapped(2, wrapped(2, b"") * 11))
    with pytest.raises(TooManyError, match="more than 10 spans"):
        read_request(many, is_json=False)
    with pytest.raises(TooManyError):
        read_request(wrapped(1, b"" + wrapped(2, b"") * 11), is_json=False)
    spans = [{"scopeSpans": [{"spans": [{}] * 11}]}]
    with pytest.raises(TooManyError, match="more than 10 spans"):
        read_request(json.dumps({"resourceSpans": spans}).encode(), is_json=True)
    with pytest.raises(TooManyError, match="too many values"):
        read_request(b"[" + b"[]," * 1000 + b"[]]", is_json=True)


def test_a_large_span_is_refused_alone(trace):
    body = bodies(trace)[1]
    large = wrapped(1, wrapped(2, wrapped(2, bytes(otlp_protobuf.MAX_SPAN_BYTES + 1))))
    found = read_request(body + large, is_json=False)
    assert (len(found.spans), found.refused, found.why) == (6, 1, "a span larger than 4 MiB")


def test_values_of_a_span_are_bounded(monkeypatch):
    monkeypatch.setattr(otlp_protobuf, "_MAX_VALUES", 50)
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    span = Span(trace_id=b"\1" * 16, span_id=b"\1" * 8, start_time_unix_nano=1_772_600_767 * 10**9)
    for n in range(20):
        values = span.attributes.add(key=f"k{n}").value.array_value.values
        for _ in range(20):
            values.add(string_value="x")
    body = wrapped(1, wrapped(2, wrapped(2, span.SerializeToString())))
    (found,) = read_request(body, is_json=False).spans
    assert sum(1 + len(value or ()) for value in found.attributes.values()) <= 50
