"""Requests beside the conversation are what the agent's own totals have beyond its messages."""

import pytest

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.follow.event_builder import EventBuilder
from tests.agents.claude.records import answer, user
from tests.agents.claude.test_transcript import events_of

MODEL = "claude-sonnet-4-6"


def state(**models):
    usage = {
        model.replace("_", "-"): {"inputTokens": tokens[0], "outputTokens": tokens[1]}
        for model, tokens in models.items()
    }
    return {"type": "cost-state", "sessionId": "S", "modelUsage": usage}


def side(events):
    calls = [e.data for e in events if e.track == "llm" and e.actor == "claude-code/side"]
    return {call["model"]: (call["usage"]["input"], call["usage"]["output"]) for call in calls}


TALK = user("1"), answer("2", "m", (10, 5))


def test_what_is_beyond_the_messages_counts():
    events = events_of(*TALK, state(claude_sonnet_4_6=(110, 25), claude_haiku_4_5=(7, 3)))
    assert side(events) == {MODEL: (100, 20), "claude-haiku-4-5": (7, 3)}


def test_nothing_is_beyond_equal_totals():
    assert side(events_of(*TALK, state(claude_sonnet_4_6=(10, 5)))) == {}


def test_of_several_totals_the_last_counts_and_those_before_our_start_do_not():
    old, last = state(claude_sonnet_4_6=(1000, 500)), state(claude_sonnet_4_6=(1012, 506))
    events = events_of(old, *TALK, state(claude_sonnet_4_6=(1010, 505)), last)
    assert side(events) == {MODEL: (2, 1)}


def test_a_resumed_session_whose_earlier_totals_are_unknown_adds_nothing():
    builder = EventBuilder("claude-code")
    transcript = ClaudeTranscript(builder, "S", "/s.jsonl", since=2e9)
    old = answer("0", "old", (1000, 500), timestamp="2026-01-01T00:00:00Z")
    for record in (old, *TALK, state(claude_sonnet_4_6=(1010, 505))):
        transcript.feed(record, 0)
    transcript.finish()
    events = builder.drain()
    assert [e for e in events if e.track == "llm"]
    assert side(events) == {}


@pytest.mark.parametrize("odd", [None, [], "x", {"modelUsage": 5}, {"modelUsage": {MODEL: 5}}])
def test_totals_that_make_no_sense_add_nothing(odd):
    record = {"type": "cost-state"} | (odd if isinstance(odd, dict) else {"modelUsage": odd})
    assert side(events_of(*TALK, record)) == {}
