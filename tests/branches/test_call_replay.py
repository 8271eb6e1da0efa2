"""Where the real model takes over: which request the conversation was at."""

import pytest

from agentrec.branches.call_replay import handover_points
from agentrec.gateway.recorded_calls import RecordedCall
from agentrec.ghost.handover import HandoverPoint
from agentrec.recording.events.llm import LlmRequest, LlmResponse

SYSTEM = {"role": "system", "content": "be good"}


def call(span, asked, answered=None, *, tool="", tools="t", side="", first=SYSTEM, **response):
    request = {"api": "chat", "operation": "generate", "at_ns": asked, "tools": tools}
    made = RecordedCall(span, asked, LlmRequest(request | ({"side": side} if side else {})))
    made.messages = [first, {"role": "user", "content": "go"}]
    if answered is not None:
        data = {"at_ns": answered, "status": 200, "ended": "complete", **response}
        made.response = LlmResponse(data)
        function = {"name": tool, "arguments": "{}"}
        calls = {"tool_calls": [{"id": "c", "function": function}]} if tool else {"content": "ok"}
        made.answer = {"choices": [{"message": {"role": "assistant", **calls}}]}
    return made


RUN = [
    call("title", 5, 8, tools="", side="title"),
    call("a", 10, 20, tool="sh"),
    call("b", 40, 50, tool="sh"),
    call("sub", 55, 57, tool="sh", first={"role": "system", "content": "a helper"}),
    call("c", 60, 65, tool="sh", status=529, error="overloaded"),
    call("d", 70, 80),
]


@pytest.mark.parametrize(
    ("t", "points"),
    [
        (9, []),  # only a title was asked for
        (15, ["a"]),  # before the first answer
        (30, ["a", "b"]),  # a tool runs: the files decide
        (45, ["b"]),
        (56, ["b", "d"]),  # a helper's request and one that failed do not count
        (75, ["d"]),
        (90, ["d after"]),  # the agent had ended its turn
    ],
)
def test_the_earlier_request_comes_first(t, points):
    found = handover_points(RUN, t)
    assert [f"{it.span}{' after' * it.after_answer}" for it in found] == points


def test_agents_that_offer_no_tools():
    run = [call("a", 10, 20, tools=""), call("b", 30, 40, tools="")]
    assert handover_points(run, 35) == [HandoverPoint("b")]
    assert handover_points(run, 25) == [HandoverPoint("a", after_answer=True)]


def test_an_agent_that_asks_again_by_itself_has_done_something_with_its_answer():
    run = [call("a", 10, 20, tools=""), call("b", 30, 40, tools="")]
    points = [HandoverPoint("a", after_answer=True), HandoverPoint("b")]
    assert handover_points(run, 25, alone=True) == points
    assert handover_points(run, 45, alone=True) == [HandoverPoint("b", after_answer=True)]
    assert handover_points(RUN, 30, alone=True) == handover_points(RUN, 30)


def test_without_calls_there_is_no_point():
    assert handover_points([], 10) == []
    assert handover_points([call("a", 10)], 20) == []
