import json

import pytest

from agentrec.errors import FormatError
from agentrec.recording.events import Event
from tests.export.helpers import HEADER, events_of, read, written

FIRST = b'{"format":"agentrec-jsonl","version":1,"header":{"cols":80,"rows":24}}\n'


def test_lines_can_be_read_by_people_and_diffed() -> None:
    events = [
        Event(0, 5, "term", "output", "é\x1b[1m\x9b😀\n".encode()),
        Event(1, 5, "term", "output", b"\xff\x00"),
        Event(2, 9, "tool", "call", {"name": "Bash"}, "s1", "p1", "claude"),
    ]
    data, loss = written("jsonl", HEADER, events)
    assert data.decode().split("\n") == [
        FIRST.decode().strip(),
        '{"seq":0,"t":5,"track":"term","kind":"output","data":"é\\u001b[1m\\u009b😀\\n"}',
        '{"seq":1,"t":5,"track":"term","kind":"output","b64":"/wA="}',
        (
            '{"seq":2,"t":9,"track":"tool","kind":"call",'
            '"span":"s1","parent":"p1","actor":"claude","data":{"name":"Bash"}}'
        ),
        "",
    ]
    assert loss.lines() == []
    assert read("jsonl", data) == (HEADER, events, [])


def test_lone_surrogates_in_file_names_come_back() -> None:
    events = events_of((0, "fs", "change", {"path": "bad\udcff"}))
    assert read("jsonl", written("jsonl", HEADER, events)[0])[1] == events


def test_a_gap_in_seq_is_kept() -> None:
    """A damaged recording has one; its twin says so too."""
    events = [Event(0, 0, "term", "output", b"a"), Event(7, 1, "term", "output", b"b")]
    assert read("jsonl", written("jsonl", HEADER, events)[0])[1] == events


def test_a_torn_last_line_is_left_out_and_said() -> None:
    data, _ = written("jsonl", HEADER, events_of(*[(i, "term", "output", b"x") for i in range(3)]))
    _, events, notes = read("jsonl", data[:-5])
    assert [event.seq for event in events] == [0, 1]
    assert notes == ["the last line is torn and was left out"]


GOOD = {"seq": 1, "t": 1, "track": "term", "kind": "output", "data": "x"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": -1},
        {"seq": True},
        {"seq": 1.5},
        {"seq": 0},
        {"t": 0},
        {"t": 1 << 63},
        {"t": "1"},
        {"track": 5},
        {"kind": ""},
        {"data": 5},
        {"data": None},
        {"b64": "!!"},
        {"span": 5},
    ],
)
def test_a_wrong_value_is_an_error_with_its_line(wrong: dict[str, object]) -> None:
    before = json.dumps({**GOOD, "seq": 0}).encode()
    line = json.dumps({**GOOD, **wrong}).encode()
    with pytest.raises(FormatError, match="line 3"):
        read("jsonl", FIRST + before + b"\n" + line + b"\n" + before)


@pytest.mark.parametrize("line", [b"[]", b"nonsense", b'{"seq":NaN}', b"5"])
def test_a_broken_line_is_an_error_with_its_line(line: bytes) -> None:
    with pytest.raises(FormatError, match="line 2"):
        read("jsonl", FIRST + line + b"\n")


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format":"agentrec-jsonl","version":2,"header":{}}',
        b'{"format":"agentrec-jsonl","version":1}',
    ],
)
def test_another_first_line_is_refused(first: bytes) -> None:
    with pytest.raises(FormatError):
        read("jsonl", first)
