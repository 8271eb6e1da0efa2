"""Times of events on the clock of another recording."""

import pytest

from agentrec.cuts.event_edit import EventEdit, Names
from agentrec.cuts.time_map import stretch_map
from agentrec.recording.events import Event


def edited(data, name=("tool", "result"), names=None, t=50, **links):
    edit = EventEdit(stretch_map(10, 100), names)
    return edit.edited(Event(7, t, *name, data, **links), 3)


@pytest.mark.parametrize(("at", "new"), [(30, 20), (10, 0), (4, 0), (60, 40), (-1, 40), ("x", "x")])
def test_times_in_data(at, new):
    assert edited({"at_ns": at}).data["at_ns"] == new


@pytest.mark.parametrize("value", [-1, 0, None, True, "9", 1e300, [], {}])
def test_durations_that_are_none_stay(value):
    assert edited({"duration_ms": value}).data["duration_ms"] == value


def test_names_of_a_joined_recording():
    names = Names("2~", {"s1": "s4"})
    event = edited({"id": "s1", "parent": "s1"}, ("fs", "snapshot"), names, span="a", parent="b")
    assert (event.span, event.parent) == ("2~a", "2~b")
    assert event.data == {"id": "s4", "parent": "s4"}
    request = edited({"base": "r1"}, ("llm", "request"), names)
    assert request.data["base"] == "2~r1"
    mark = edited({"label": "x", "snapshot": "s1"}, ("mark", "moment"), names)
    assert mark.data["snapshot"] == "s4"
