"""The spans of a recording."""

import json

import pytest

from agentrec import Recorder
from agentrec.otel.otlp import requests_of
from agentrec.otel.run_spans import run_trace
from agentrec.otel.span import span_id, trace_id
from agentrec.report.summary import summarize
from tests.otel.made import MS, SECRET, make, opened


@pytest.fixture
def trace(tmp_path):
    with opened(make(tmp_path / "r.ahr")) as recording:
        return run_trace(recording)


def by_name(trace):
    return {span.name: span for span in trace.spans}


def test_who_did_what_inside_what(trace):
    spans = by_name(trace)
    assert sorted(spans) == [
        "chat claude-haiku-4-5",
        "chat claude-opus-4-5",
        "execute_tool Bash",
        "execute_tool Task",
        "invoke_agent agent-7",
        "invoke_agent claude-code",
    ]
    root = trace.spans[0]
    parents = {span.name: span.parent for span in trace.spans}
    assert (root.name, root.parent) == ("invoke_agent claude-code", "")
    assert parents["chat claude-opus-4-5"] == parents["execute_tool Task"] == root.id
    assert parents["invoke_agent agent-7"] == spans["execute_tool Task"].id
    inside = {parents["chat claude-haiku-4-5"], parents["execute_tool Bash"]}
    assert inside == {spans["invoke_agent agent-7"].id}


def test_times_and_failures(trace):
    spans = by_name(trace)
    began = trace.spans[0].start
    times = {name: ((it.start - began) // MS, (it.end - began) // MS) for name, it in spans.items()}
    assert times["chat claude-opus-4-5"] == (10, 70)
    assert times["execute_tool Task"] == (62, 92)
    assert times["execute_tool Bash"] == (91, 95)
    assert times["invoke_agent agent-7"] == (80, 95)
    assert times["invoke_agent claude-code"] == (0, 110)
    errors = {name: span.error for name, span in spans.items() if span.error}
    assert errors == {"execute_tool Bash": "tool_error", "invoke_agent claude-code": "exit code 3"}
    (failure,) = trace.spans[0].events
    assert failure.attributes == {"error.type": "overloaded"}


def test_tokens_are_those_of_the_summary_with_cached_ones_as_input(trace, tmp_path):
    with opened(tmp_path / "r.ahr") as recording:
        summary = summarize(recording)
    tokens = summary["tokens"]
    found = [span.attributes for span in trace.spans if span.name.startswith("chat")]
    total = {
        name: sum(one.get(name, 0) for one in found)
        for one in found
        for name in one
        if "usage" in name
    }
    assert total["gen_ai.usage.input_tokens"] == 46
    assert total["gen_ai.usage.input_tokens"] == sum(
        tokens[kind] for kind in ("input", "cache_read", "cache_write")
    )
    assert total["gen_ai.usage.output_tokens"] == tokens["output"] == 22
    assert total["gen_ai.usage.cache_read.input_tokens"] == 30
    assert total["gen_ai.usage.reasoning.output_tokens"] == 4
    assert sum(one["agentrec.cost_usd"] for one in found) == summary["cost_usd"] == 0.75
    # Backends add up what is below a span.
    others = [span for span in trace.spans if not span.name.startswith("chat")]
    assert not any("usage" in name for span in others for name in span.attributes)


def test_no_texts_unless_they_are_asked_for_and_never_secrets(trace, tmp_path):
    told = json.dumps(list(requests_of(trace)))
    assert "I look" not in told
    assert "false" not in told
    with opened(tmp_path / "r.ahr") as recording:
        whole = run_trace(recording, content=True)
    told = json.dumps(list(requests_of(whole)))
    assert SECRET not in told
    spans = by_name(whole)
    (message,) = json.loads(spans["chat claude-opus-4-5"].attributes["gen_ai.output.messages"])
    parts = [{"type": "text", "content": "I look."}]
    assert message == {"role": "assistant", "parts": parts, "finish_reason": "tool_call"}
    (message,) = json.loads(whole.spans[0].attributes["gen_ai.input.messages"])
    assert message["parts"][0]["content"] == "Use *** now"
    bash = spans["execute_tool Bash"].attributes
    assert json.loads(bash["gen_ai.tool.call.arguments"]) == {"command": "false"}
    assert bash["gen_ai.tool.call.result"] == "no"


def test_ids_are_the_same_every_time_and_differ_between_runs(trace, tmp_path):
    with opened(tmp_path / "r.ahr") as recording:
        again = run_trace(recording)
    assert (again.id, again.spans) == (trace.id, trace.spans)
    assert len({span.id for span in trace.spans}) == len(trace.spans)
    with opened(make(tmp_path / "other.ahr", id="run-2")) as recording:
        other = run_trace(recording)
    assert other.id != trace.id
    assert not {span.id for span in other.spans} & {span.id for span in trace.spans}


def test_a_branch_is_linked_to_its_parent(tmp_path):
    parent = {"id": "run-1", "relation": "branch"}
    with opened(make(tmp_path / "r.ahr", id="run-2", parent=parent)) as recording:
        root = run_trace(recording).spans[0]
    assert root.links == [(trace_id("run-1"), span_id("run-1", "run"))]


def test_what_has_not_ended_lasts_until_the_end(tmp_path):
    with opened(make(tmp_path / "r.ahr", ended=False)) as recording:
        spans = by_name(run_trace(recording))
    assert spans["execute_tool Task"].end == spans["invoke_agent claude-code"].end


def test_steps_of_a_program_are_nested(tmp_path):
    path = tmp_path / "own.ahr"
    with Recorder(path, name="researcher", join_running=False) as r, r.step("plan", {"n": 1}):
        r.record_step("inner", {"n": 1}, {"n": 2})
        r.record_llm_call("ask", "why", "because", model="gpt-5.5", tokens=7)
        r.record_tool_call("look", "search", {"q": "x"}, "found")
    with opened(path) as recording:
        trace = run_trace(recording)
    spans = by_name(trace)
    plan = spans["step plan"]
    assert plan.parent == trace.spans[0].id
    inside = ("step inner", "chat gpt-5.5", "execute_tool search")
    assert {spans[name].parent for name in inside} == {plan.id}
    assert spans["chat gpt-5.5"].attributes["gen_ai.provider.name"] == "openai"
