"""What the builder bounds, times and counts."""

import pytest

from agentrec.agents.follow.event_builder import QUOTE_LIMIT_CHARS, EventBuilder, ModelCall
from agentrec.agents.follow.shortening import TEXT_LIMIT_CHARS
from agentrec.recording.events.llm import Usage

AT = "2026-01-31T10:00:0{}.000Z"


def test_long_texts_are_cut_and_say_how_long_they_were():
    builder = EventBuilder("a")
    builder.message("user", "é" * (TEXT_LIMIT_CHARS + 5))
    builder.tool_result("t", "x" * (TEXT_LIMIT_CHARS + 1))
    said, returned = builder.drain()
    assert said.data["text"] == "é" * TEXT_LIMIT_CHARS
    assert said.data["text_length"] == TEXT_LIMIT_CHARS + 5
    assert len(returned.data["output"]) == TEXT_LIMIT_CHARS
    assert returned.data["output_length"] == TEXT_LIMIT_CHARS + 1


def test_a_tool_takes_from_its_call_to_its_result():
    builder = EventBuilder("a")
    builder.tool_call("t1", "Bash", {}, at=AT.format(1))
    builder.tool_result("t1", "", at=AT.format(3))
    assert builder.drain()[1].data["duration_ms"] == 2000


def test_a_conversation_that_began_before_is_noted_with_its_session():
    builder = EventBuilder("a")
    for number in (1, 2):
        with builder.silenced(silent=True):
            builder.message("user", "before")
            builder.conversation(f"c{number}", "/t", offset=number, at=AT.format(number))
        builder.session(f"c{number}", "/t")
    events = builder.drain()
    assert [event.kind for event in events] == ["session", "conversation", "session"]
    assert events[1].data["offset"] == 1
    assert events[1].data["query"] == "before"


def test_who_measured_it_knows_better():
    builder = EventBuilder("a")
    builder.tool_call("t1", "Bash", {}, at=AT.format(1))
    builder.tool_duration("t1", 77)
    builder.tool_result("t1", "", at=AT.format(3))
    assert builder.drain()[1].data["duration_ms"] == 77


@pytest.mark.parametrize(("began", "ended"), [(None, 3), (3, None), (3, 1)])
def test_what_nobody_knows_takes_no_time(began, ended):
    builder = EventBuilder("a")
    builder.tool_call("t1", "Bash", {}, at=began and AT.format(began))
    builder.tool_result("t1", "", at=ended and AT.format(ended))
    assert builder.drain()[1].data["duration_ms"] is None


def test_turns_are_counted_for_each_actor_and_not_in_history():
    builder = EventBuilder("a")
    with builder.silenced(True):
        builder.turn(at=None)
    numbers = [builder.turn(at=None), builder.turn(at=None, actor="a/b"), builder.turn(at=None)]
    assert numbers == [1, 1, 2]
    assert len(builder.drain()) == 3


def test_only_the_main_agents_tools_are_waited_for():
    builder = EventBuilder("a")
    builder.tool_call("t1", "Bash", {}, actor="a/b")
    assert not builder.waiting_for_tools
    builder.tool_call("t2", "Bash", {})
    assert builder.waiting_for_tools
    builder.forget_calls()
    assert not builder.waiting_for_tools


def test_a_conversation_quotes_the_last_query_and_result():
    builder = EventBuilder("a")
    builder.message("user", "q" * 5000)
    builder.message("system", "not this")
    builder.message("assistant", "nor this", thinking=True)
    builder.message("assistant", "nor a sub-agent's", actor="a/b")
    builder.message("assistant", "this")
    builder.model_call(ModelCall("m", Usage(), span="s"))
    builder.model_call(ModelCall("other", Usage(), span="s", actor="a/b"))
    builder.conversation("id", "path", offset=7)
    data = builder.drain()[-1].data
    assert data["query"] == "q" * QUOTE_LIMIT_CHARS
    assert data["result"] == "this"
    assert data["model"] == "m"
    assert data["messages"] == 5
    assert data["offset"] == 7


def test_an_unknown_model_costs_nobody_knows_what():
    builder = EventBuilder("a")
    builder.model_call(ModelCall("brand-new", Usage(10, 10), span="s"))
    (call,) = builder.drain()
    assert call.data["cost_usd"] is None
    assert call.data["usage"] == {"input": 10, "output": 10, "cache_read": 0, "cache_write": 0}


def test_the_agents_own_figure_counts_more():
    builder = EventBuilder("a")
    builder.model_call(ModelCall("gpt-5.5", Usage(10, 10), span="s", cost_usd=0.5))
    assert builder.drain()[0].data["cost_usd"] == 0.5


def test_a_prompt_to_a_sub_agent_is_not_the_users_query():
    builder = EventBuilder("a")
    builder.message("user", "mend it")
    builder.message("user", "look at x.py", actor="a")
    builder.conversation("S", "/s")
    assert builder.drain()[-1].data["query"] == "mend it"
