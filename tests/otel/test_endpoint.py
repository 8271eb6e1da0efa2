"""Where traces are sent to, and what becomes of them."""

import socket

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from agentrec.errors import OutputError, UsageError
from agentrec.otel import endpoint as sending
from agentrec.otel.endpoint import JSON, PROTOBUF, endpoint_of, send
from agentrec.otel.otlp import requests_of
from agentrec.otel.run_spans import run_trace
from tests.otel.made import make, opened
from tests.otel.receiver import Receiver


@pytest.fixture
def request_(tmp_path):
    with opened(make(tmp_path / "r.ahr")) as recording:
        (one,) = requests_of(run_trace(recording))
    return one


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setattr(sending, "_wait", lambda header, attempt: 0)
    with Receiver() as made:
        yield made


@pytest.mark.parametrize(
    ("env", "option", "url"),
    [
        ({}, "http://h:4318", "http://h:4318/v1/traces"),
        ({}, "http://h:4318/", "http://h:4318/v1/traces"),
        ({}, "https://h/otlp/v1/traces", "https://h/otlp/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://e"}, "", "http://e/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://e"}, "http://o", "http://o/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://e/x"}, "", "http://e/x"),
    ],
)
def test_urls(env, option, url):
    assert endpoint_of(env, option).url == url


def test_variables_and_options():
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://e",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, other=1",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": JSON,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    }
    found = endpoint_of(env, headers=["other=2=3"])
    assert found.headers == {"api-key": "a b", "other": "2=3"}
    assert (found.protocol, found.timeout, found.gzip) == (JSON, 2.5, True)
    assert endpoint_of(env, protocol=PROTOBUF).protocol == PROTOBUF


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "nowhere to send to"),
        ({"url": "ftp://h"}, "invalid endpoint"),
        ({"url": "h:4318"}, "invalid endpoint"),
        ({"url": "http://h", "headers": ["x"]}, "invalid header"),
        ({"url": "http://h", "headers": ["x=a\r\nb: c"]}, "line end"),
        ({"url": "http://h", "protocol": "grpc"}, "unknown protocol grpc"),
    ],
)
def test_what_is_no_endpoint(options, words):
    with pytest.raises(UsageError, match=words):
        endpoint_of({}, **options)


@pytest.mark.parametrize("protocol", [PROTOBUF, JSON])
@pytest.mark.parametrize("compression", ["", "gzip"])
def test_sending(receiver, request_, protocol, compression):
    env = {"OTEL_EXPORTER_OTLP_COMPRESSION": compression}
    target = endpoint_of(env, receiver.url, ["api-key=k"], protocol)
    assert send(target, request_) == 0
    assert len(receiver.spans) == 6
    ((path, headers),) = receiver.requests
    assert (path, headers["api-key"]) == ("/v1/traces", "k")
    assert send(target, request_) == 0
    assert len(receiver.spans) == 6  # nothing is doubled


def test_it_tries_again_where_that_may_help(receiver, request_):
    receiver.answers = [(429, {"Retry-After": "0"}, b""), (503, {}, b"")]
    assert send(endpoint_of({}, receiver.url), request_) == 0
    assert (len(receiver.requests), len(receiver.spans)) == (3, 6)
    receiver.answers = [(503, {}, b"")] * 9
    with pytest.raises(OutputError, match="refused it: 503"):
        send(endpoint_of({}, receiver.url), request_)
    assert len(receiver.requests) == 3 + sending.TRIES


def test_a_refusal_is_said_in_its_words(receiver, request_):
    receiver.answers = [(401, {}, b"no such key\n"), (400, {}, b"\x1b[31mred")]
    with pytest.raises(OutputError, match="401 Unauthorized: no such key"):
        send(endpoint_of({}, receiver.url), request_)
    with pytest.raises(OutputError, match=r"400 Bad Request$"):
        send(endpoint_of({}, receiver.url), request_)
    assert len(receiver.requests) == 2


def test_spans_that_were_refused_are_counted(receiver, request_):
    partial = ExportTraceServiceResponse()
    partial.partial_success.rejected_spans = 2
    receiver.answers = [
        (200, {}, partial.SerializeToString()),
        (200, {}, b'{"partialSuccess":{"rejectedSpans":"3"}}'),
        (200, {}, b"thanks"),
        (200, {}, b"<html>"),
    ]
    refused = [
        send(endpoint_of({}, receiver.url, protocol=protocol), request_)
        for protocol in (PROTOBUF, JSON, JSON, PROTOBUF)
    ]
    assert refused == [2, 3, 0, 0]


def test_nobody_listens(request_, monkeypatch):
    monkeypatch.setattr(sending, "_wait", lambda header, attempt: 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = endpoint_of({}, f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OutputError, match=r"cannot reach .*refused"):
            send(target, request_)
