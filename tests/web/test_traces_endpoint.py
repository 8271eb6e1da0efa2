"""Spans sent to a real server: every encoding, in any number of requests, and whatever else may come."""

import contextlib
import gzip
import itertools
import json
import os
import subprocess
import sys
import threading

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from agentrec.intake import span_store, trace_intake
from agentrec.intake.trace_recording import path_of_trace
from agentrec.otel.otlp import to_protobuf
from agentrec.recording.append import append_moment
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from agentrec.sdk import Recorder, Run
from tests.intake.made_spans import TRACE, agent, chat, otlp, span, tool
from tests.otel.made import SECRET, make
from tests.web.serving import TOKEN, Serving, awaited

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SPANS = (
    agent("helper", 0, 100),
    chat("c1", 5, 20, "helper"),
    tool("search", 25, 40, "c1"),
    chat("c2", 45, 90, "helper"),
)


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(trace_intake, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(trace_intake, "_POLL_SECONDS", 0.02)


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "AGENTREC_TOKEN": TOKEN}


@pytest.fixture
def server(env, tmp_path):
    (tmp_path / "data").mkdir()
    with Serving(tmp_path / "data", env=env) as serving:
        yield serving


def send(server, request, kind=JSON, **headers):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return server.request("POST", "/v1/traces", body, Content_Type=kind, **headers)


def summary_of(env, trace=TRACE):
    with Recording.open(path_of_trace(trace, env)) as recording:
        assert recording.damage == []
        return summarize(recording)


def calls_of(env, trace=TRACE):
    return sum(model["calls"] for model in summary_of(env, trace)["models"].values())


def written(env, calls=2, trace=TRACE):
    path = path_of_trace(trace, env)
    awaited(lambda: os.path.exists(path) and calls_of(env, trace) == calls, "the recording")
    return summary_of(env, trace)


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
@pytest.mark.parametrize("packs", [False, True])
def test_every_encoding(server, env, kind, packs):
    request = otlp(*SPANS)
    body = json.dumps(request).encode() if kind == JSON else to_protobuf(request)
    if packs:
        answer = send(server, gzip.compress(body), kind, Content_Encoding="gzip")
    else:
        answer = send(server, body, f"{kind}; charset=utf-8")
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, kind)
    if kind == JSON:
        assert answer.json == {}
    else:
        reply = ExportTraceServiceResponse.FromString(answer.body)
        assert not reply.HasField("partial_success")
    summary = written(env)
    assert (summary["duration"], summary["tokens"]["input"]) == (0.1, 200)
    assert summary["tools"] == {"search": {"calls": 1, "errors": 0, "ms": 15.0}}
    assert summary["sessions"] == [{"agent": "helper"}]


def test_a_span_in_any_request_counts_once(server, env):
    send(server, otlp(SPANS[3], SPANS[1]))
    send(server, otlp(SPANS[1], SPANS[2], SPANS[2]))
    written(env)
    listed = awaited(lambda: server.get("/sessions").json["sessions"], "the list")
    assert [one["id"] for one in listed] == [f"trace-{TRACE}"]
    late = SPANS[0]
    send(server, otlp(late, SPANS[3]))  # the root comes last, after a recording was made
    awaited(lambda: summary_of(env)["sessions"] == [{"agent": "helper"}], "the root")
    assert written(env)["tokens"]["output"] == 20


def test_a_span_that_is_sent_again_takes_the_place_of_the_first(server, env):
    send(server, otlp(*SPANS))
    written(env)
    send(server, otlp(SPANS[0]._replace(end=SPANS[0].end + 900_000_000)))
    awaited(lambda: summary_of(env)["duration"] == 1.0, "the new end")
    assert calls_of(env) == 2


def test_two_traces_in_one_request(server, env):
    other = "f" * 32
    send(
        server, otlp(chat("c1", 0, 1), chat("c1", 0, 1, trace=other), chat("c2", 2, 3, trace=other))
    )
    assert written(env, 1)["id"] != written(env, 2, other)["id"]


def test_traces_of_other_programs_are_not_recorded(server, env):
    web = "e" * 32
    assert send(server, otlp(span("GET /", 0, 5, trace=web), chat("c", 0, 1))).status == 200
    written(env, 1)
    assert not os.path.exists(path_of_trace(web, env))
    send(server, otlp(chat("c", 1, 2, "GET /", trace=web)))  # it was one of ours after all
    assert written(env, 1, web)["command"] == ["GET /"]


def test_a_recording_that_was_changed_or_deleted_is_left_alone(server, env):
    send(server, otlp(*SPANS))
    written(env)
    path = path_of_trace(TRACE, env)
    append_moment(path, 0, "mine", "test")
    before = os.stat(path)
    answer = send(server, otlp(chat("c3", 91, 92, "helper"), tool("t", 93, 94)))
    partial = answer.json["partialSuccess"]
    assert (answer.status, partial["rejectedSpans"]) == (200, "2")
    assert "its recording stays as it is" in partial["errorMessage"]
    assert os.stat(path) == before
    os.unlink(path)
    assert send(server, otlp(chat("c4", 95, 96))).json == {}
    assert written(env, 1)["tokens"]["input"] == 100


def test_a_trace_is_complete_when_nothing_comes_for_long(server, env, monkeypatch):
    monkeypatch.setattr(trace_intake, "CLOSE_SECONDS", 0.0)
    monkeypatch.setattr(trace_intake, "_IDLE_POLL_SECONDS", 0.02)
    send(server, otlp(*SPANS))
    written(env)
    store = span_store.SpanStore(env)
    awaited(lambda: store.trace(TRACE) is None, "the end of the trace")
    assert store.spans(TRACE) == []
    store.close()
    assert send(server, otlp(SPANS[3])).json["partialSuccess"]["rejectedSpans"] == "1"
    assert calls_of(env) == 2


def test_what_waits_is_written_when_the_server_stops_and_goes_on_with_the_next(
    env, tmp_path, monkeypatch
):
    monkeypatch.setattr(trace_intake, "QUIET_SECONDS", 1000)
    (tmp_path / "data").mkdir()
    with Serving(tmp_path / "data", env=env) as server:
        send(server, otlp(*SPANS[:3]))
        assert not os.path.exists(path_of_trace(TRACE, env))
    assert calls_of(env) == 1
    with Serving(tmp_path / "data", env=env) as server:
        assert send(server, otlp(SPANS[3])).json == {}
    assert calls_of(env) == 2


def test_two_servers_share_traces(server, env, tmp_path):
    with Serving(tmp_path / "data", env=env) as other:
        senders = [
            threading.Thread(
                target=send, args=(to, otlp(chat(f"{n}-{to.port}", n, n + 1, "helper")))
            )
            for n in range(10)
            for to in (server, other)
        ]
        for one in senders:
            one.start()
        for one in senders:
            one.join()
        written(env, 20)


def test_secrets_are_masked_before_anything_is_stored(server, env):
    send(server, otlp(tool("t", 0, 1, gen_ai__tool__call__arguments=json.dumps({"key": SECRET}))))
    written(env, 0)
    for folder, _, names in os.walk(env["XDG_DATA_HOME"]):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                assert SECRET.encode() not in file.read()


# --- the other way round ----------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["http/json", "http/protobuf"])
def test_an_exported_recording_comes_back_the_same(server, env, tmp_path, protocol):
    path = make(tmp_path / "run.ahr")
    command = [sys.executable, "-m", "agentrec", "export-otel", path, "--content"]
    command += ["--endpoint", f"http://{server.host}", "--protocol", protocol]
    sent = {**env, "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{TOKEN}"}
    done = subprocess.run(command, env=sent, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    trace = done.stdout.split()[-1]
    came, went = written(env, 2, trace), summarize_file(path)
    for name in (
        *("duration", "tokens", "cost_usd", "without_price", "models", "tools", "sessions"),
        *("messages", "errors", "first_errors", "exit"),
    ):
        assert came[name] == went[name], name


def summarize_file(path):
    with Recording.open(path) as recording:
        return summarize(recording)


# --- what is refused ----------------------------------------------------------------------------------


def test_the_token_is_needed(server):
    for headers in ({"Authorization": None}, {"Authorization": "Bearer wrong"}):
        assert send(server, otlp(*SPANS), **headers).status == 401
    assert send(server, otlp(*SPANS), Origin="https://evil.example").status == 403
    assert send(server, otlp(*SPANS), Host="evil.example").status == 403


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"{", {}, 400, "not JSON"),
        (b"[" * 100_000, {}, 400, "not JSON"),
        (b"[]", {}, 400, "not a JSON object"),
        (b'{"resourceSpans": 1}', {}, 400, "resourceSpans is not an array"),
        (b"\xff" * 100, {"Content_Type": PROTOBUF}, 400, "not an ExportTraceServiceRequest"),
        (b"{}", {"Content_Type": PROTOBUF}, 400, "not an ExportTraceServiceRequest"),
        (b"{}", {"Content_Type": "text/plain"}, 415, "must be application/x-protobuf"),
        (b"{}", {"Content_Type": None}, 415, "must be"),
        (b"{}", {"Content_Encoding": "br"}, 415, "unknown encoding"),
        (b"{}", {"Content_Encoding": "gzip"}, 400, "not gzip"),
        (gzip.compress(b"{}" * 99)[:-5], {"Content_Encoding": "gzip"}, 400, "cut short"),
        (gzip.compress(bytes(17 << 20)), {"Content_Encoding": "gzip"}, 413, "decompressed"),
        (b"{}", {"Content_Length": str(17 << 20)}, 413, "larger than 16 MiB"),
    ],
    ids=itertools.count(),
)
def test_bodies_that_are_refused(server, body, headers, status, words):
    answer = send(server, body, **{"kind": headers.pop("Content_Type", JSON), **headers})
    assert answer.status == status
    assert words in answer.problem


def test_spans_that_are_refused_one_by_one(server, env, monkeypatch):
    request = otlp(*SPANS)
    (found,) = request["resourceSpans"][0]["scopeSpans"]
    good = found["spans"][0]
    bad = [
        {**good, "traceId": "0" * 32},
        {**good, "traceId": "xyz"},
        {**good, "spanId": ""},
        {**good, "startTimeUnixNano": "0"},
        {**good, "startTimeUnixNano": "-1"},
        {**good, "startTimeUnixNano": []},
    ]
    found["spans"] += [*bad, None, 7, []]
    partial = send(server, request).json["partialSuccess"]
    assert partial == {"rejectedSpans": "6", "errorMessage": "a span without a valid trace id"}
    written(env)
    reply = send(server, to_protobuf(otlp(SPANS[0]._replace(id="0" * 16))), PROTOBUF)
    answered = ExportTraceServiceResponse.FromString(reply.body).partial_success
    assert (answered.rejected_spans, answered.error_message) == (1, "a span without a valid id")


def test_limits_of_a_trace_and_of_all(server, env, monkeypatch):
    monkeypatch.setattr(span_store, "MAX_TRACE_SPANS", 3)
    answer = send(server, otlp(*SPANS)).json["partialSuccess"]
    assert (answer["rejectedSpans"], answer["errorMessage"]) == ("1", f"trace {TRACE} is too large")
    large = send(server, otlp(chat("big", 0, 1, trace="a" * 32, x="y" * (5 << 20))))
    assert large.json["partialSuccess"]["errorMessage"] == "a span larger than 4 MiB"
    written(env, 1)
    monkeypatch.setattr(trace_intake, "MAX_TRACES", 0)
    refused = send(server, otlp(chat("c", 0, 1, trace="b" * 32)))
    assert (refused.status, refused.problem) == (503, "too many traces at once")
    assert refused.headers["retry-after"] == "1"


def test_values_of_any_kind(server, env):
    request = otlp(chat("c", 0, 1))
    deep = {"stringValue": "end"}
    for _ in range(60):
        deep = {"arrayValue": {"values": [deep]}}
    values = [
        deep,
        {},
        None,
        {"intValue": "9" * 400},
        {"intValue": 1e400},
        {"doubleValue": "NaN"},
        {"bytesValue": "!!"},
        {"stringValue": "\ud800"},
        {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}},
        {"stringValue": "[" * 5000},
        {"unheard": 1},
    ]
    (one,) = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    one["attributes"] += [{"key": f"x{n}", "value": value} for n, value in enumerate(values)]
    one["attributes"] += [{"value": 3}, {"key": 5}, 4]
    one |= {
        "events": [{}, {"name": 3, "attributes": "x"}],
        "status": "bad",
        "parentSpanId": one["spanId"],
    }
    assert send(server, request).json == {}
    assert written(env, 1)["tokens"]["input"] == 100


# --- the command --------------------------------------------------------------------------------------


def started(env, tmp_path):
    """A server of its own; returns the process and its address."""
    command = [sys.executable, "-m", "agentrec", "serve", str(tmp_path / "data")]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().partition("/?")[0]


def run_of_steps(path):
    """A run with steps in steps, calls and an error, as the library records one."""
    with Recorder(path, name="shop", join_running=False) as r:
        with r.step("plan", {"q": 1}):
            tokens = {"input_tokens": 12, "output_tokens": 4, "cache_read_input_tokens": 7}
            r.record_llm_call("plan", "hi", "ho", model="claude-haiku-4-5", tokens=tokens)
            with contextlib.suppress(ValueError), r.step("inner"):
                r.record_tool_call("inner", "look", {"q": 1}, "found")
                raise ValueError("bad")
        r.record_llm_call("end", model="unheard-of", tokens=5, duration_ms=3)


def test_a_killed_server_loses_nothing(env, tmp_path):
    path = str(tmp_path / "run.ahr")
    run_of_steps(path)
    (tmp_path / "data").mkdir()
    process, address = started(env, tmp_path)
    sent = {**env, "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {TOKEN}"}
    command = [sys.executable, "-m", "agentrec", "export-otel", path, "--endpoint", address]
    done = subprocess.run(command, env=sent, capture_output=True, text=True)
    process.kill()
    process.communicate()
    assert (done.returncode, done.stderr) == (0, "")
    trace = done.stdout.split()[-1]
    process, _ = started(env, tmp_path)
    came, went = written(env, 2, trace), summarize_file(path)
    process.terminate()
    assert process.wait(60) in (0, -15)
    process.stdout.close()
    for name in ("tokens", "cost_usd", "without_price", "models", "tools", "errors", "duration"):
        assert came[name] == went[name], name
    with Run.load(path, env=env) as before, Run.load(path_of_trace(trace, env), env=env) as after:
        assert [facts(step) for step in after.steps] == [facts(step) for step in before.steps]


def facts(step):
    return step.node, step.parent, step.failed, step.running


def test_spans_are_refused_while_recordings_are_to_be_encrypted(env, tmp_path):
    folder = tmp_path / "config" / "agentrec"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[record]\nencrypt-to = ["recipients"]\n')
    (tmp_path / "data").mkdir()
    with Serving(
        tmp_path / "data", env=env | {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    ) as server:
        answer = send(server, otlp(*SPANS))
    assert answer.status == 400
    assert b"cannot encrypt, and record.encrypt-to is set" in answer.body
    assert [one for one in (tmp_path / "data").rglob("*") if one.name.startswith("spans")] == []
