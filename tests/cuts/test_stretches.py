"""What a stretch has: what happened in it, on its own clock."""

import os

from agentrec.cuts.cut_file import cut, speed, trim
from tests.cuts.recordings import S, read, shown, write

MESSAGE = ("agent", "message")


def made(tmp_path, *things):
    return write(tmp_path / "a.ahr", *things)


def said(t, text, at):
    return (t, *MESSAGE, {"role": "user", "text": text, "at_ns": at * S})


def test_an_event_belongs_to_when_it_happened_not_to_when_it_was_recorded(tmp_path):
    source = made(
        tmp_path, said(11, "before", 9), said(12, "in", 11), said(25, "late", 19), shown(30, "x")
    )
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S, 20 * S)
    _, events = read(tmp_path / "new.ahr", "agent/message")
    assert [(event.data["text"], event.t, event.data["at_ns"]) for event in events] == [
        ("in", 2 * S, 1 * S),
        ("late", 10 * S, 9 * S),
    ]


def test_every_event_is_in_one_of_two_halves(tmp_path):
    things = [said(t + 3, str(t), t) for t in range(1, 20)]
    source = made(tmp_path, *things, shown(40, "x"))
    middle = round(9.5 * S)
    cut(source, str(tmp_path / "one.ahr"), os.environ, 0, middle)
    cut(source, str(tmp_path / "two.ahr"), os.environ, middle)
    texts = [
        event.data["text"]
        for name in ("one.ahr", "two.ahr")
        for event in read(tmp_path / name, "agent/message")[1]
    ]
    assert texts == [str(t) for t in range(1, 20)]


def test_marks_and_notes_that_were_added_later_keep_their_places(tmp_path):
    note = (60, "mark", "note", {"text": "why", "source": "cli", "at_ns": 12 * S})
    answer = (60, "mark", "note", {"text": "so", "source": "cli", "at_ns": 12 * S, "answers": "n1"})
    mark = (60, "mark", "moment", {"label": "here", "source": "cli", "at_ns": 15 * S})
    source = made(tmp_path, shown(1, "x"), note, answer, mark)
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S, 20 * S)
    _, (first, second, third) = read(tmp_path / "new.ahr", "mark/note", "mark/moment")
    assert [first.data["at_ns"], third.data["at_ns"]] == [2 * S, 5 * S]
    assert second.data["answers"] == f"n{first.seq}"


def test_an_answer_whose_note_is_left_out_stands_alone(tmp_path):
    note = (5, "mark", "note", {"text": "why", "source": "cli"})
    answer = (15, "mark", "note", {"text": "so", "source": "cli", "answers": "n0"})
    cut(made(tmp_path, note, answer), str(tmp_path / "new.ahr"), os.environ, 10 * S)
    (event,) = read(tmp_path / "new.ahr", "mark/note")[1]
    assert event.data == {"text": "so", "source": "cli"}


def test_what_ends_with_the_stretch_lasts_as_long(tmp_path):
    source = made(tmp_path, shown(1, "x"), shown(60, "y"))
    new = cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S, 40 * S)
    assert new.duration == 30 * S


def test_the_end_of_the_command_is_in_the_stretch_that_has_it(tmp_path):
    source = made(
        tmp_path, shown(1, "x"), shown(9, "y"), (10, "term", "exit", {"code": 3, "signal": None})
    )
    cut(source, str(tmp_path / "early.ahr"), os.environ, 0, 5 * S)
    cut(source, str(tmp_path / "late.ahr"), os.environ, 5 * S)
    assert read(tmp_path / "early.ahr", "term/exit")[1] == []
    assert [event.t for event in read(tmp_path / "late.ahr", "term/exit")[1]] == [5 * S]


def test_durations_are_on_the_new_clock(tmp_path):
    result = (10, "tool", "result", {"is_error": False, "duration_ms": 8000})
    command = (10, "sys", "command", {"text": "make", "at_ns": 2 * S, "duration_ms": 8000})
    source = made(tmp_path, shown(0, "x"), shown(2, "y"), result, command, shown(10, "z"))
    speed(source, str(tmp_path / "fast.ahr"), os.environ, 4)
    trim(source, str(tmp_path / "short.ahr"), os.environ, 3 * S)
    for name, ends, took in (("fast.ahr", 2.5, 2000), ("short.ahr", 5, 3000)):
        _, events = read(tmp_path / name, "tool/result", "sys/command")
        assert [event.t for event in events] == [round(ends * S)] * 2
        assert [event.data["duration_ms"] for event in events] == [took] * 2


def test_records_of_a_later_version_are_kept(tmp_path):
    source = made(tmp_path, shown(1, "x"), (2, "?", "77", b"new"), shown(3, "y"))
    cut(source, str(tmp_path / "new.ahr"), os.environ, round(1.5 * S))
    assert [
        (event.kind, event.data, event.t) for event in read(tmp_path / "new.ahr", "?/77")[1]
    ] == [("77", b"new", round(0.5 * S))]


def test_without_a_terminal(tmp_path):
    source = made(tmp_path, said(1, "a", 1), said(5, "b", 5), said(9, "c", 9))
    new = cut(source, str(tmp_path / "new.ahr"), os.environ, 4 * S)
    _, events = read(tmp_path / "new.ahr")
    assert [event.data["text"] for event in events] == ["b", "c"]
    assert new.duration == 5 * S
