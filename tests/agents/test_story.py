"""What the story bounds, times and counts."""

import json

import pytest

from agentrec.agents.follow.event_builder import (
    QUOTE_LIMIT_CHARS,
    EventBuilder,
    ModelCall,
)
from agentrec.agents.follow.shortening import TEXT_LIMIT_CHARS, clipped, shortened
from agentrec.agents.follow.timestamps import epoch_seconds
from agentrec.report.pricing import Usage

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


def test_a_text_of_just_the_limit_is_whole():
    assert clipped("text", "x" * TEXT_LIMIT_CHARS) == {"text": "x" * TEXT_LIMIT_CHARS}


@pytest.mark.parametrize(
    "value", [None, 1, True, "x", [], {}, {"a": ["b", {"c": "d"}], "e": 1.5}, ["x"] * 1000]
)
def test_short_inputs_are_kept_as_they_are(value):
    assert shortened(value) == (value, 0)


def test_long_inputs_keep_their_shape_within_the_limit():
    value = {"path": "a.py", "content": "y" * 100_000, "edits": [{"old": "z" * 100_000}], "n": 3}
    shorter, length = shortened(value)
    assert shorter.keys() == value.keys()
    assert shorter["path"] == "a.py"
    assert shorter["n"] == 3
    assert len(json.dumps(shorter)) < TEXT_LIMIT_CHARS + 200
    assert length > 200_000


def test_endless_lists_are_cut_too():
    shorter, _ = shortened([0] * 1_000_000)
    assert len(shorter) <= TEXT_LIMIT_CHARS


def test_a_tool_takes_from_its_call_to_its_result():
    builder = EventBuilder("a")
    builder.tool_call("t1", "Bash", {}, at=AT.format(1))
    builder.tool_result("t1", "", at=AT.format(3))
    assert builder.drain()[1].data["duration_ms"] == 2000


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


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-01-31T10:00:00"])
def test_times_without_a_zone_are_no_moments(text):
    assert epoch_seconds(text) is None


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
