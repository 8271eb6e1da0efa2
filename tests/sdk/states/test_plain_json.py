"""Values as JSON text, and what stands for those that are not JSON."""

import json
import math
import sys
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, IntEnum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

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


class Color(Enum):
    RED = "red"
    NONE = math.inf


class Level(IntEnum):
    HIGH = 3


class Name(str):
    __slots__ = ()


class Point(NamedTuple):
    x: int
    y: int


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)  # with lone surrogates
    | st.sampled_from(
        ["null", Color.RED, Color.NONE, Level.HIGH, Name("n"), Point(1, 2), b"x", {1}]
    )
    | st.sampled_from(
        [UUID(int=7), date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), Plan(["a"], None)]
    )
    | st.sampled_from([1 << 64, -(1 << 63) - 1, 1e16, 5e-324, Socket(), OrderedDict(a=1)])
)
KEYS = st.text(max_size=3) | st.sampled_from([1, None, True, Level.HIGH, Name("n"), 1.5])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_fast_encoder_says_what_the_standard_library_says(value):
    fast = JsonText()
    assert fast._encode_plain
    slow = JsonText()
    slow._encode_plain = None
    # As text: it tells 1, 1.0 and true apart, and the order of members.
    texts = [json.dumps(json.loads(one.of(value))) for one in (fast, slow)]
    assert texts[0] == texts[1]
    assert fast.left_out == slow.left_out


def test_without_the_fast_encoder_it_works_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "orjson", None)
    text = JsonText()
    assert text._encode_plain is None
    assert text.of({"a": [1, None]}) == '{"a":[1,null]}'
