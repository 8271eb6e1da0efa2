"""Long texts and tool inputs are cut, short ones kept."""

import json

import pytest

from agentrec.agents.follow.shortening import TEXT_LIMIT_CHARS, clipped, shortened


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
