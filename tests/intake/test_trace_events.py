"""The spans of a trace as events: what is a call, a tool, a step, an agent, and in which order."""

from __future__ import annotations

import itertools

import pytest

from agentrec.intake.trace_events import TraceTree, trace_events
from agentrec.recording.rewrite import save
from agentrec.report.summary import summarize
from tests.intake.made_spans import MS, agent, chat, said, span, tool
from tests.recording.events.test_decode import check
from tests.sdk.runs import load


def events(*spans):
    found = list(trace_events(TraceTree(spans)))
    assert [event.seq for event in found] == list(range(len(found)))
    assert [event.t for event in found] == sorted(event.t for event in found)
    for event in found:
        check(event.track, event.kind, event.data)
    return found


def kinds(found):
    return [f"{event.track}/{event.kind}" for event in found]


def of(found, name):
    return [event for event in found if f"{event.track}/{event.kind}" == name]


RUN = (
    agent("helper", 0, 100),
    chat("c1", 5, 20, "helper"),
    tool(
        "search", 25, 40, "c1", error="no such page", gen_ai__tool__call__arguments='{"q": "sky"}'
    ),
    chat("c2", 45, 90, "helper", sent=200),
)


def test_an_agents_run():
    found = events(*RUN)
    assert kinds(found) == [
        "step/run",
        "agent/session",
        "llm/call",
        "tool/call",
        "tool/result",
        "llm/call",
        "step/done",
    ]
    first, call = of(found, "llm/call")[0], of(found, "tool/call")[0]
    assert (first.t, first.data["duration_ms"], first.actor) == (20 * MS, 15.0, "helper")
    assert first.data["usage"] == {"input": 100, "output": 10, "cache_read": 0, "cache_write": 0}
    assert call.data["input"] == {"q": "sky"}
    assert (call.parent, call.t) == (first.span, 25 * MS)
    result = of(found, "tool/result")[0]
    assert (result.span, result.data["is_error"]) == (call.span, True)
    assert result.data["error"]["message"] == "no such page"
    assert found[-1].t == 100 * MS


def test_any_order_gives_the_same_recording():
    whole = events(*RUN)
    for order in itertools.permutations(RUN):
        assert events(*order) == whole


def test_other_spans_are_steps_with_states_and_parents(tmp_path):
    spans = (
        span("POST /ask", 0, 100, http__method="POST"),
        span("plan", 10, 60, "POST /ask", openinference__span__kind="CHAIN",
             input__value='{"q": 1}', output__value='{"q": 1, "a": 2}'),
        span("GET db", 20, 30, "plan", db__system="x", error="timeout"),
        chat("c1", 35, 50, "plan"),
    )  # fmt: skip
    path = str(tmp_path / "r.ahr")
    save(path, {"id": "t"}, events(*spans))
    with load(path) as run:
        assert [(step.node, step.n, step.parent) for step in run.steps] == [
            ("plan", 0, None),
            ("GET db", 1, 0),
        ]
        assert (run.input(0), run.state(0)) == ({"q": 1}, {"q": 1, "a": 2})
        assert run.steps[1].message == "timeout"
        assert run.steps[1].meta == {"db.system": "x"}
        assert run.steps[0].duration_ms == 50
        call = of(run.recording.events(), "llm/call")[0]
        assert call.parent == run.steps[0].span


def test_a_sub_agent_is_an_actor_inside_the_tool_that_began_it():
    found = events(
        agent("lead", 0, 100),
        chat("c1", 1, 10, "lead"),
        tool("delegate", 11, 90, "lead"),
        agent("scout", 12, 80, "delegate", error="gave up"),
        chat("c2", 13, 20, "scout"),
    )
    second = of(found, "llm/call")[1]
    assert (second.actor, second.parent) == ("lead/scout", of(found, "tool/call")[0].span)
    assert len(of(found, "agent/session")) == 1
    failure = of(found, "agent/lifecycle")[0]
    assert (failure.data["state"], failure.data["text"], failure.actor) == (
        "error",
        "gave up",
        "lead/scout",
    )


def test_a_frameworks_call_around_a_clients_call_counts_once(tmp_path):
    found = events(
        agent("a", 0, 100),
        span("ChatOpenAI", 1, 50, "a", openinference__span__kind="LLM", llm__model_name="gpt-5.5",
             llm__token_count__prompt=100),
        span("middle", 2, 45, "ChatOpenAI"),
        chat("c1", 3, 40, "middle"),
    )  # fmt: skip
    assert len(of(found, "llm/call")) == 1
    assert [event.data["node"] for event in of(found, "step/start")] == ["ChatOpenAI", "middle"]


def test_a_tools_own_call_counts_as_well():
    found = events(
        chat("c1", 0, 100), tool("ask", 1, 90, "c1"), chat("c2", 2, 80, "ask", model="small")
    )
    assert [event.data["model"] for event in of(found, "llm/call")] == ["small", "gpt-5.5"]


def test_messages_are_recorded_once():
    history = [said("system", "be brief"), said("user", "hi")]
    found = events(
        agent("a", 0, 100, gen_ai__input__messages=[said("user", "hi")]),
        chat("c1", 1, 10, "a", gen_ai__input__messages=history,
             gen_ai__output__messages=[said("assistant", "hello")]),
        chat("c2", 20, 30, "a",
             gen_ai__input__messages=[*history, said("assistant", "hello"), said("user", "hi")],
             gen_ai__output__messages=[said("assistant", "hello")]),
    )  # fmt: skip
    texts = [(event.data["role"], event.data["text"]) for event in of(found, "agent/message")]
    assert texts == [
        ("user", "hi"),
        ("system", "be brief"),
        ("assistant", "hello"),
        ("user", "hi"),
        ("assistant", "hello"),
    ]
    assert of(found, "agent/message")[0].actor == "user"
    assert of(found, "llm/call")[0].data["prompt"]["full"][1] == {"role": "user", "content": "hi"}
    assert of(found, "llm/call")[0].data["response"] == "hello"


def test_tools_that_only_messages_tell():
    asks = {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"q": 1}}
    history = [said("user", "hi"), {"role": "assistant", "parts": [asks]}]
    result = {"type": "tool_call_response", "id": "t1", "response": "found"}
    told = [*history, {"role": "tool", "parts": [result]}]
    calls = (
        chat("c1", 0, 10, gen_ai__output__messages=[history[1]]),
        chat("c2", 15, 20, gen_ai__input__messages=told),
        chat("c3", 25, 30, gen_ai__input__messages=told),
    )
    found = events(*calls)
    (call,), (returned,) = of(found, "tool/call"), of(found, "tool/result")
    assert (call.t, call.parent) == (10 * MS, of(found, "llm/call")[0].span)
    assert call.data == {"name": "look", "input": {"q": 1}, "id": "t1"}
    assert (returned.t, returned.span) == (15 * MS, call.span)
    assert returned.data == {"id": "t1", "output": "found"}
    # With spans of tools, these are the calls.
    found = events(*calls, tool("look", 11, 14))
    assert [event.t for event in of(found, "tool/call")] == [11 * MS]


def test_cost_is_that_of_the_span_or_the_list_price(tmp_path):
    path = str(tmp_path / "r.ahr")
    spans = (
        chat("c1", 0, 1, model="claude-haiku-4-5", sent=1_000_000, answered=0),
        chat("c2", 2, 3, agentrec__cost_usd=0.5),
        chat("c3", 4, 5, model="unheard-of"),
    )
    save(path, {"id": "t"}, events(*spans))
    with load(path) as run:
        summary = summarize(run.recording)
    assert summary["models"]["claude-haiku-4-5"]["cost_usd"] == 1.0
    assert summary["models"]["gpt-5.5"]["cost_usd"] == 0.5
    assert summary["without_price"] == 1


def test_a_failed_run():
    raised = ("exception", 9, {"exception.type": "ValueError", "exception.stacktrace": "line 1"})
    found = events(
        agent("a", 0, 10, error="bad", events=[raised]), chat("c", 1, 2, "a", error="429")
    )
    assert found[-1].data["error"] == {
        "type": "ValueError",
        "message": "bad",
        "traceback": "line 1",
    }
    assert of(found, "llm/call")[0].data["error"] == {"type": "", "message": "429"}


@pytest.mark.parametrize(
    "spans",
    [
        [chat("a", 0, 1, "b"), tool("b", 0, 1, "a")],
        [span("a", 0, 1, "b"), span("b", 0, 1, "c"), span("c", 0, 1, "b"), chat("d", 0, 1, "a")],
        [chat("late", 5, 6, "nobody"), tool("t", 0, 9, "nobody")],
        [span(str(n), n, n + 1, str(n - 1)) for n in range(1, 3000)],
        [agent(str(n), n, n + 1, str(n - 1)) for n in range(1, 500)],
        [chat("c", 5, 5)],
        [chat("c", 0, 1, model="", sent=-5, answered="many")],
        [tool("", 0, 1)],
    ],
    ids=["circle", "circle-above", "orphans", "deep", "deep-agents", "instant", "odd", "nameless"],
)
def test_odd_traces(spans, tmp_path):
    found = events(*spans)
    path = str(tmp_path / "r.ahr")
    save(path, {"id": "t"}, found)
    with load(path) as run:
        summary = summarize(run.recording)
        calls = sum(model["calls"] for model in summary["models"].values())
        tools = sum(one["calls"] for one in summary["tools"].values())
    asked = [one.attributes.get("gen_ai.operation.name") for one in spans]
    assert (calls, tools) == (asked.count("chat"), asked.count("execute_tool"))
