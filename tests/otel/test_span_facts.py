"""What a span is, and what it says."""

import pytest

from agentrec.otel.span_facts import (
    AGENT,
    CALL,
    STEP,
    TOOL,
    agent_facts,
    call_facts,
    error_of,
    is_of_an_agent,
    kind_of,
    likely_kind,
    tool_facts,
    usage_of_span,
)
from agentrec.recording.events.llm import Usage
from tests.intake.made_spans import span


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "chat"}, CALL),
        ({"gen_ai.operation.name": "generate_content"}, CALL),
        ({"gen_ai.operation.name": "embeddings"}, CALL),
        ({"gen_ai.operation.name": "execute_tool"}, TOOL),
        ({"gen_ai.operation.name": "invoke_agent"}, AGENT),
        ({"gen_ai.operation.name": "create_agent"}, STEP),
        ({"openinference.span.kind": "LLM"}, CALL),
        ({"openinference.span.kind": "TOOL"}, TOOL),
        ({"openinference.span.kind": "AGENT"}, AGENT),
        ({"openinference.span.kind": "CHAIN"}, STEP),
        ({"openinference.span.kind": "RETRIEVER"}, STEP),
        ({"traceloop.span.kind": "workflow"}, STEP),
        ({"traceloop.span.kind": "tool"}, TOOL),
        ({"llm.request.type": "chat"}, CALL),
        ({"gen_ai.system": "openai", "gen_ai.request.model": "m"}, CALL),
        ({"gen_ai.tool.name": "t"}, TOOL),
        ({"agentrec.step.node": "plan"}, STEP),
        ({"http.request.method": "GET"}, STEP),
        ({"gen_ai.operation.name": 5}, STEP),
    ],
)
def test_kinds(attributes, kind):
    assert kind_of(span("x", 0, 1, **attributes)) == kind


@pytest.mark.parametrize(
    ("attributes", "usage"),
    [
        (
            {
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.output_tokens": 9,
                "gen_ai.usage.cache_read.input_tokens": 30,
                "gen_ai.usage.cache_creation.input_tokens": 20,
                "gen_ai.usage.reasoning.output_tokens": 4,
            },
            Usage(50, 9, 30, 20, reasoning=4),
        ),
        # As Anthropic counts: what came from the cache is no input.
        (
            {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read_input_tokens": 30},
            Usage(10, 0, 30),
        ),
        (
            {
                "llm.token_count.prompt": 100,
                "llm.token_count.completion": 9,
                "llm.token_count.prompt_details.cache_read": 30,
                "llm.token_count.completion_details.reasoning": 4,
            },
            Usage(70, 9, 30, reasoning=4),
        ),
        ({"gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.completion_tokens": 6}, Usage(5, 6)),
        ({"gen_ai.usage.input_tokens": -1, "gen_ai.usage.output_tokens": "9"}, Usage()),
        ({"gen_ai.usage.input_tokens": 1 << 62}, Usage()),
    ],
)
def test_tokens(attributes, usage):
    assert usage_of_span(span("x", 0, 1, **attributes)) == usage


def test_a_call():
    call = call_facts(
        span("x", 0, 1, **{
            "gen_ai.request.model": "asked", "gen_ai.response.model": "answered",
            "gen_ai.response.id": "r1", "gen_ai.response.finish_reasons": ["stop", "length"],
            "llm.cost.total": 0.25,
        })
    )  # fmt: skip
    assert (call.model, call.id, call.stop_reason, call.cost_usd) == (
        "answered",
        "r1",
        "stop",
        0.25,
    )
    named = span(
        "x", 0, 1, **{"llm.invocation_parameters": '{"model": "m"}', "llm.finish_reason": "s"}
    )
    assert (call_facts(named).model, call_facts(named).stop_reason) == ("m", "s")
    assert call_facts(named).cost_usd is None


def test_a_tool():
    values = {"tool.name": "look", "input.value": '{"q": 1}', "output.value": "found"}
    tool = tool_facts(span("x", 0, 1, **values))
    assert tool == ("look", "", {"q": 1}, "found")
    assert tool_facts(span("execute_tool look", 0, 1)).name == "look"


def test_a_tool_that_events_tell_of():
    events = [
        ("gen_ai.tool.message", 0, {"role": "tool", "content": '{"q": "sky"}', "id": "t1"}),
        ("gen_ai.choice", 1, {"message": '[{"text": "a page"}]', "id": "t1"}),
    ]
    found = tool_facts(span("execute_tool look", 0, 1, events=events))
    assert (found.name, found.arguments, found.result) == ("look", {"q": "sky"}, "a page")


@pytest.mark.parametrize(
    ("name", "attributes", "kind"),
    [
        ("chat", {}, CALL),
        ("chat gpt-5.5", {}, CALL),
        ("execute_tool look", {}, TOOL),
        ("invoke_agent helper", {}, AGENT),
        ("plan", {}, STEP),
        ("chat", {"gen_ai.operation.name": "invoke_agent"}, AGENT),
        ("chat", {"http.method": "GET"}, STEP),
    ],
)
def test_what_a_span_is_at_its_start(name, attributes, kind):
    assert likely_kind(span(name, 0, 1, **attributes)) == kind


def test_an_agent():
    found = span(
        "invoke_agent a", 0, 1, **{"agent.name": "a/b", "session.id": "s", "llm.system": "x"}
    )
    assert agent_facts(found) == ("a-b", "", "s", "", "x")
    assert agent_facts(span("invoke_agent a", 0, 1)).name == "a"


def test_errors():
    assert error_of(span("x", 0, 1)) is None
    assert error_of(span("x", 0, 1, error="")) == {"type": "", "message": ""}
    raised = ("exception", 1, {"exception.type": "E", "exception.message": "bad"})
    assert error_of(span("x", 0, 1, error="E: bad", events=[raised])) == {
        "type": "E",
        "message": "bad",
    }
    assert error_of(span("x", 0, 1, error="timeout", **{"error.type": "timeout"})) == {
        "type": "timeout",
        "message": "",
    }


def test_which_traces_are_those_of_an_agent():
    assert not is_of_an_agent(span("GET /", 0, 1, **{"http.route": "/"}))
    for name in ("gen_ai.system", "openinference.span.kind", "agentrec.step.node"):
        assert is_of_an_agent(span("x", 0, 1, **{name: "y"}))
    assert is_of_an_agent(span("x", 0, 1, resource={"agentrec.recording.id": "r"}))
