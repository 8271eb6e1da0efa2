"""What the story bounds, times and counts."""

import json

import pytest

from agentrec.agents.follow.event_builder import (
    QUOTE_LIMIT,
    TEXT_LIMIT,
    Story,
    clipped,
    moment,
    shortened,
)
from agentrec.report.pricing import Usage

AT = "2026-01-31T10:00:0{}.000Z"


def test_long_texts_are_cut_and_say_how_long_they_were():
    story = Story("a")
    story.message("user", "é" * (TEXT_LIMIT + 5))
    story.result("t", "x" * (TEXT_LIMIT + 1))
    said, returned = story.take()
    assert said.data["text"] == "é" * TEXT_LIMIT
    assert said.data["text_length"] == TEXT_LIMIT + 5
    assert len(returned.data["output"]) == TEXT_LIMIT
    assert returned.data["output_length"] == TEXT_LIMIT + 1


def test_a_text_of_just_the_limit_is_whole():
    assert clipped("text", "x" * TEXT_LIMIT) == {"text": "x" * TEXT_LIMIT}


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
    assert len(json.dumps(shorter)) < TEXT_LIMIT + 200
    assert length > 200_000


def test_endless_lists_are_cut_too():
    shorter, _ = shortened([0] * 1_000_000)
    assert len(shorter) <= TEXT_LIMIT


def test_a_tool_takes_from_its_call_to_its_result():
    story = Story("a")
    story.tool("t1", "Bash", {}, at=AT.format(1))
    story.result("t1", "", at=AT.format(3))
    assert story.take()[1].data["duration_ms"] == 2000


def test_who_measured_it_knows_better():
    story = Story("a")
    story.tool("t1", "Bash", {}, at=AT.format(1))
    story.timed("t1", 77)
    story.result("t1", "", at=AT.format(3))
    assert story.take()[1].data["duration_ms"] == 77


@pytest.mark.parametrize(("began", "ended"), [(None, 3), (3, None), (3, 1)])
def test_what_nobody_knows_takes_no_time(began, ended):
    story = Story("a")
    story.tool("t1", "Bash", {}, at=began and AT.format(began))
    story.result("t1", "", at=ended and AT.format(ended))
    assert story.take()[1].data["duration_ms"] is None


def test_turns_are_counted_for_each_actor_and_not_in_history():
    story = Story("a")
    story.silent = True
    story.turn(at=None)
    story.silent = False
    told = [story.turn(at=None), story.turn(at=None, actor="a/b"), story.turn(at=None)]
    assert told == [1, 1, 2]
    assert len(story.take()) == 3


def test_only_the_main_agents_tools_are_waited_for():
    story = Story("a")
    story.tool("t1", "Bash", {}, actor="a/b")
    assert not story.waiting_for_tools
    story.tool("t2", "Bash", {})
    assert story.waiting_for_tools
    story.forget_calls()
    assert not story.waiting_for_tools


def test_a_conversation_quotes_the_last_query_and_result():
    story = Story("a")
    story.message("user", "q" * 5000)
    story.message("system", "not this")
    story.message("assistant", "nor this", thinking=True)
    story.message("assistant", "nor a sub-agent's", actor="a/b")
    story.message("assistant", "this")
    story.called("m", Usage(), span="s")
    story.called("other", Usage(), span="s", actor="a/b")
    story.conversation("id", "path", offset=7)
    data = story.take()[-1].data
    assert data["query"] == "q" * QUOTE_LIMIT
    assert data["result"] == "this"
    assert data["model"] == "m"
    assert data["messages"] == 5
    assert data["offset"] == 7


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-01-31T10:00:00"])
def test_times_without_a_zone_are_no_moments(text):
    assert moment(text) is None


def test_an_unknown_model_costs_nobody_knows_what():
    story = Story("a")
    story.called("brand-new", Usage(10, 10), span="s")
    (call,) = story.take()
    assert call.data["cost_usd"] is None
    assert call.data["usage"] == {"input": 10, "output": 10, "cache_read": 0, "cache_write": 0}


def test_the_agents_own_figure_counts_more():
    story = Story("a")
    story.called("gpt-5.5", Usage(10, 10), span="s", cost_usd=0.5)
    assert story.take()[0].data["cost_usd"] == 0.5
