"""The recording of a trace: its header, and what is in its place."""

import pytest

from agentrec.intake.trace_recording import path_of_trace, stamp, write_trace
from agentrec.library.resolve import resolve
from agentrec.recording.reader import Recording
from tests.intake.made_spans import TRACE, agent, chat, said, span


@pytest.fixture
def env(tmp_path):
    return {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}


def header(env, *spans):
    with Recording.open(write_trace(spans, env)) as recording:
        return recording.header


def test_the_header_says_what_it_is(env):
    service = {"service.name": "shop", "agentrec.recording.id": "run-1"}
    asked = {"gen_ai.input.messages": [said("user", "hi " * 100)]}
    found = header(env, agent("helper", 0, 1, resource=service), chat("c", 0, 1, "helper", **asked))
    assert (found["id"], found["command"]) == (f"trace-{TRACE}", ["shop"])
    assert found["created"] == "2026-03-04T05:06:07.000000000Z"
    assert found["title"].startswith("hi hi")
    assert len(found["title"]) <= 120
    assert found["imported"] == {"format": "otel", "trace": TRACE, "spans": 2, "recording": "run-1"}


def test_a_trace_without_a_service_is_called_by_its_agent_or_first_span(env):
    unnamed = {"service.name": "unknown_service:python"}
    found = header(env, agent("helper", 0, 1, resource=unnamed))
    assert (found["command"], found["title"]) == (["helper"], "helper")
    assert header(env, span("POST /ask", 0, 1))["command"] == ["POST /ask"]
    assert header(env, span("", 0, 1))["command"] == ["trace"]


def test_it_takes_the_place_of_the_one_before(env):
    path = path_of_trace(TRACE, env)
    assert stamp(path) is None
    assert write_trace([chat("a", 0, 1)], env) == path
    first = stamp(path)
    assert resolve(f"trace-{TRACE}", env) == resolve(TRACE, env) == path
    write_trace([chat("a", 0, 1), chat("b", 0, 9)], env)
    assert stamp(path) != first
    with Recording.open(path) as recording:
        assert recording.ended
        assert recording.duration == 9_000_000
