"""Values as JSON text, and what stands for those that are not JSON."""

import json
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agentrec.sdk.states.plain_json import LEFT_OUT, JsonText, holes


@dataclass
class Plan:
    steps: list[str]
    due: date


class Socket:
    pass


def stored(value, convert=None):
    text = JsonText(convert)
    return json.loads(text.of(value)), text.left_out


def test_json_values_are_stored_as_they_are():
    value = {"a": [1, 2.5, True, None, '\u00e9\n"x\\'], "b": {}}
    assert stored(value) == (value, [])
    assert [JsonText().of(one) for one in (True, None, 7, "x")] == ["true", "null", "7", '"x"']


def test_what_has_a_plain_form_is_converted():
    value = {"plan": Plan(["a"], date(2026, 1, 2)), "where": Path("/x"), "tags": {"b", "a"}}
    expected = {"plan": {"steps": ["a"], "due": "2026-01-02"}, "where": "/x", "tags": ["a", "b"]}
    assert stored(value) == (expected, [])


def test_what_is_not_json_is_named_with_its_place():
    value = {"config": {"client": Socket(), "n": 1}, "list": [math.nan]}
    plain, left = stored(value)
    assert plain == {
        "config": {"client": {LEFT_OUT: "Socket"}, "n": 1},
        "list": [{LEFT_OUT: "nan"}],
    }
    assert [tuple(one) for one in left] == [("config.client", "Socket"), ("list[0]", "nan")]
    assert holes(plain) == left


def test_a_value_that_contains_itself_ends():
    value = {"a": 1}
    value["self"] = [value, value]
    plain, left = stored(value)
    assert plain["a"] == 1
    assert [one.path for one in left] == ["self[0]", "self[1]"]


def test_convert_says_what_to_store():
    convert = lambda value: "a socket" if isinstance(value, Socket) else value  # noqa: E731
    assert stored({"client": Socket()}, convert) == ({"client": "a socket"}, [])
