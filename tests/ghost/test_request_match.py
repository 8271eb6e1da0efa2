"""Which recorded call a request is."""

import json

from agentrec.gateway.call_events import CallEvents
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.dialects.known import APIS
from agentrec.gateway.recorded_calls import calls_of
from agentrec.gateway.transport.exchange import Exchange
from agentrec.ghost.request_match import RESULTS, Asked, RequestMatch
from agentrec.ghost.volatile import Normalizer
from agentrec.recording.events import Event

HERE = Normalizer("/here", CallMask())
API = APIS["anthropic"]


def ask(*messages, model="m"):
    return {"model": model, "messages": list(messages)}


def user(text):
    return {"role": "user", "content": text}


def result(text):
    block = {"type": "tool_result", "tool_use_id": "t", "content": text}
    return {"role": "user", "content": [block]}


def recorded(*bodies, program=""):
    events, found = CallEvents(CallMask()), []
    for body in bodies:
        headers = [("user-agent", program)] if program else []
        exchange = Exchange("h", "POST", "/v1/messages", headers, json.dumps(body).encode())
        request, data = events.request(exchange)
        found.append(("request", exchange.span, data))
        exchange.answered(200, [])
        exchange.received(b'{"id": "x", "content": []}')
        exchange.end("complete")
        found.append(("response", exchange.span, events.response(exchange, request)[1]))
    return calls_of(
        Event(n, 0, "llm", kind, data, span) for n, (kind, span, data) in enumerate(found)
    )


def find(match, body, program=""):
    asked = Asked("anthropic", "POST", "/v1/messages", HERE.body("anthropic", body), program)
    return match.find(asked, API)


def test_an_equal_request():
    calls = recorded(ask(user("one")), ask(user("two")))
    match = RequestMatch(calls, HERE)
    assert find(match, ask(user("two"))).call is calls[1]
    assert find(match, ask(user("one"))).call is calls[0]


def test_conversations_may_go_on_in_any_order():
    bodies = [ask(user("a")), ask(user("b")), ask(user("a"), user("c")), ask(user("b"), user("d"))]
    calls = recorded(*bodies)
    match = RequestMatch(calls, HERE)
    for index in (1, 3, 0, 2):
        assert find(match, bodies[index]).call is calls[index]


def test_equal_requests_are_used_in_their_turn_and_the_last_again():
    calls = recorded(ask(user("one")), ask(user("one")))
    match = RequestMatch(calls, HERE)
    spans = [find(match, ask(user("one"))).call.span for _ in range(3)]
    assert spans == [calls[0].span, calls[1].span, calls[1].span]


def test_a_miss_is_compared_with_the_nearest():
    calls = recorded(
        ask(user("one")), ask(user("one"), user("two")), ask(user("else"), user("two"))
    )
    match = RequestMatch(calls, HERE)
    found = find(match, ask(user("one"), user("three")))
    assert found.call is None
    assert found.difference == ["- messages[1].content: two", "+ messages[1].content: three"]


def test_another_version_of_the_agent_is_named_if_something_else_differs():
    bodies = [ask(*(user(f"{word} {n}") for n in range(9))) for word in ("one", "two")]
    calls = recorded(bodies[0], program="agent/1.2.3 (a terminal)")
    match = RequestMatch(calls, HERE)
    assert find(match, bodies[0], "agent/1.3.0 (another)").call is calls[0]
    found = find(match, bodies[1], "agent/1.3.0 (another)").difference
    assert found[:2] == [
        "- user-agent: agent/1.2.3 (a terminal)",
        "+ user-agent: agent/1.3.0 (another)",
    ]
    assert found[2] == "- messages[0].content: one 0"
    assert len(found) == 9
    same = find(match, bodies[1], "agent/1.2.3 (another)").difference
    assert same[0] == "- messages[0].content: one 0"


def test_what_tools_returned_may_differ_if_that_is_wished():
    calls = recorded(ask(user("one"), result("1 passed")))
    asked = ask(user("one"), result("1 failed"))
    assert find(RequestMatch(calls, HERE), asked).call is None
    found = find(RequestMatch(calls, HERE, RESULTS), asked)
    assert found.call is calls[0]
    assert any("1 failed" in line for line in found.difference)
    other = ask(user("another"), result("1 failed"))
    assert find(RequestMatch(calls, HERE, RESULTS), other).call is None
