"""Where traces are sent to, and what becomes of them."""

import socket
import threading

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
        ({"url": "http://[::1"}, "invalid endpoint"),
        ({"url": "http://h:port"}, "invalid endpoint"),
        ({"url": "http://h:99999"}, "invalid endpoint"),
        ({"url": "http://h/\u00fc"}, "invalid endpoint"),
        ({"url": "http://a b"}, "invalid endpoint"),
        ({"url": "http://me:secret@h"}, r"the URL has a user name$"),
        ({"url": "http://h", "headers": ["x=a\r\nb: c"]}, "invalid header 'x'"),
        ({"url": "http://h", "headers": ["x=\u20ac"]}, "invalid header 'x'"),
        ({"url": "http://h", "headers": ["a b=c"]}, "invalid header 'a b'"),
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


def test_a_redirect_does_not_get_the_key(receiver, request_):
    with Receiver() as other:
        receiver.answers = [
            (status, {"Location": f"{other.url}/v1/traces"}, b"") for status in (301, 302, 307)
        ]
        while receiver.answers:
            with pytest.raises(OutputError, match=rf"refused it: 30\d .*{other.url}"):
                send(endpoint_of({}, receiver.url, ["api-key=k"]), request_)
        assert other.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        b'{"partialSuccess":{"rejectedSpans":"\xc2\xb2"}}',
        b'{"partialSuccess":{"rejectedSpans":"' + b"9" * 5000 + b'"}}',
        b'{"partialSuccess":{"rejectedSpans":-1}}',
        b"[" * 100_000,
        b"9" * 5000,
        b"\xff\0",
    ],
)
def test_odd_answers_refuse_nothing(receiver, request_, answer):
    receiver.answers = [(200, {}, answer)]
    assert send(endpoint_of({}, receiver.url, protocol=JSON), request_) == 0


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (200, {"Content-Type": "text/html; charset=utf-8"}, "answered with a web page"),
        (400, {"Transfer-Encoding": "chunked"}, r"refused it: 400 Bad Request$"),
    ],
)
def test_answers_of_something_else(receiver, request_, status, headers, words):
    receiver.answers = [(status, headers, b"ZZZ\r\n")]
    with pytest.raises(OutputError, match=words):
        send(endpoint_of({}, receiver.url), request_)


def test_an_answer_that_never_ends_is_not_waited_for(monkeypatch, request_):
    monkeypatch.setattr(sending, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip():
            client, _ = server.accept()
            with client:
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while not stop.wait(0.02):
                    client.sendall(b"a")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        try:
            with pytest.raises(OutputError, match="timed out"):
                send(endpoint_of({"OTEL_EXPORTER_OTLP_TIMEOUT": "100"}, url), request_)
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize("value", ["9" * 20, "9" * 5000, "0", "-1", "x", "\u0662"])
def test_a_timeout_that_means_nothing(value):
    env = {"OTEL_EXPORTER_OTLP_TIMEOUT": value}
    assert endpoint_of(env, "http://h").timeout == 10.0


def test_nobody_listens(request_, monkeypatch):
    monkeypatch.setattr(sending, "_wait", lambda header, attempt: 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = endpoint_of({}, f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OutputError, match=r"cannot reach .*refused"):
            send(target, request_)
