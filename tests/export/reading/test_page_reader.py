"""Recordings read back from the pages that were made of them."""

import base64
import json
import os
import zlib

import pytest

from agentrec.cli.main import main
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from tests.cuts.recordings import S, read, shown, write
from tests.tui.helpers import story


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of a recording with a bit of everything, and the recording."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script = story()
    script.out(100, "日本語 👩‍👩‍👧 \x1b[1;38;2;1;2;3;48;5;99munder\x1b[4:3mlined\x1b[0m")
    script.resize(100, 50, 10).out(50, "\x1b[3 qlast\r\n\n\n\x1b]2;a title\x07")
    script.add(100, "mark", "note", {"text": "why", "source": "cli"})
    script.add(
        100,
        "mark",
        "note",
        {"text": "so", "source": "cli", "answers": f"n{len(script.events) - 1}"},
    )
    source = script.save(tmp_path / "a.ahr")
    assert main(["convert", source, str(tmp_path / "a.html")]) == 0
    assert main(["convert", str(tmp_path / "a.html"), str(tmp_path / "back.ahr")]) == 0
    return tmp_path


def seen(path, t):
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        screen = timeline.screen_at(t)
        rows = [
            [
                (char, run.style.fg, run.style.bg, run.style.bold, run.style.underline)
                for char in run.text
            ]
            for run in (run for row in screen.styled_rows() for run in row)
            if run.text.strip()
        ]
        return (screen.cols, screen.rows), screen.rows_text(), rows, screen.cursor, screen.title


@pytest.mark.parametrize("seconds", [0, 1.05, 2, 3.5, 8, 13.65, 15, 20, 20.5, 21])
def test_the_screens_are_those_of_the_recording(seconds, page):
    t = round(seconds * S)
    assert seen(page / "back.ahr", t) == seen(page / "a.ahr", t)


def test_what_was_said_and_marked_is_there(page):
    names = ("tool/call", "tool/result", "mark/moment", "mark/note", "term/exit")
    header, events = read(page / "back.ahr", *names)
    original, want = read(page / "a.ahr", *names)
    assert sorted(("/".join(one.name), one.t) for one in events) == sorted(
        ("/".join(one.name), one.t) for one in want
    )
    assert header["title"] == original["title"]
    first, second = (one for one in events if one.kind == "note")
    assert second.data["answers"] == f"n{first.seq}"
    call = next(one for one in events if one.name == ("tool", "call"))
    assert (call.span, call.data["input"]) == ("a", {"command": "make test"})


def test_every_reading_command_takes_a_page(page, capsys):
    capsys.readouterr()
    assert main(["cat", str(page / "a.html")]) == 0
    assert "1 failed" in capsys.readouterr().out
    assert main(["info", str(page / "a.html")]) == 0
    assert "cannot hold the bytes of the terminal" in capsys.readouterr().out


def packed(*lines):
    text = b"\n".join(json.dumps(line).encode() for line in lines)
    return base64.b64encode(zlib.compress(text)).decode()


def made(path, **parts):
    tags = (
        f'<script type="text/plain" data-part="{name}">{text}</script>'
        for name, text in parts.items()
    )
    path.write_text("<!doctype html>\n" + "\n".join(tags))
    return str(path)


OUTLINE = {"cols": 10, "rows": 3, "points": []}
BROKEN = [
    {"t": -1},
    {"t": 1, "r": [[99, "x"], [-1, "x"], "x", [0, 5, ["x"], [7, "odd\x1b[31m"]]]},
    {"t": 2, "u": 10**9, "y": 5, "c": [1, 2], "s": [0, 0]},
    {
        "t": 3,
        "s": [10, 3],
        "y": [[["x"], "#zz", "a", 99, {}, "javascript:x"]],
        "r": [[0, [1, "ok"]]],
    },
    [],
    None,
]


def test_a_page_that_somebody_has_changed_is_read_as_far_as_it_goes(tmp_path, capsys):
    events = [[1, "term/output", {"x": 1}], [1, "fs/snapshot", {}], ["x"], [5, "agent/message", 7]]
    path = made(
        tmp_path / "a.html", outline=packed(OUTLINE), film=packed(*BROKEN), events=packed(*events)
    )
    assert main(["convert", path, str(tmp_path / "a.ahr")]) == 0
    assert "left out" in capsys.readouterr().err
    _, told = read(tmp_path / "a.ahr")
    assert {"/".join(event.name) for event in told} == {"agent/message", "term/output"}
    assert b"\x1b[31m" not in b"".join(one.data for one in told if isinstance(one.data, bytes))
    assert seen(tmp_path / "a.ahr", S)[1][0] == "ok"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"outline": packed(OUTLINE)},
        {"outline": packed({}), "film": packed()},
        {"outline": "AAAA", "film": packed()},
        {"outline": packed({"cols": 1e9, "rows": 1}), "film": packed()},
    ],
    ids=["none", "no film", "no size", "broken", "huge"],
)
def test_other_pages(parts, tmp_path, capsys):
    path = made(tmp_path / "a.html", **parts)
    assert main(["info", path]) == 3
    assert f"{path} is not a page that agentrec made" in capsys.readouterr().err


def test_a_part_that_unpacks_to_too_much_is_bounded(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("agentrec.export.reading.page_reader._MAX_LINE_BYTES", 1 << 20)
    bomb = base64.b64encode(zlib.compress(b" " * (8 << 20))).decode()
    path = made(tmp_path / "a.html", outline=packed(OUTLINE), film=bomb)
    assert main(["convert", path, str(tmp_path / "a.ahr")]) == 0
    assert "is damaged" in capsys.readouterr().err
    assert os.path.getsize(tmp_path / "a.ahr") < 10_000


def test_marks_without_a_time_are_left_out(tmp_path):
    points = [{"kind": "moment", "t": "x"}, {"kind": "moment", "t": 5, "label": "here"}, {"t": 1}]
    path = made(
        tmp_path / "a.html", outline=packed({**OUTLINE, "points": points}), film=packed({"t": 0})
    )
    assert main(["convert", path, str(tmp_path / "a.ahr")]) == 0
    (mark,) = read(tmp_path / "a.ahr", "mark/moment")[1]
    assert (mark.t, mark.data["label"]) == (5_000_000, "here")


def test_a_recording_without_output(tmp_path):
    source = write(
        tmp_path / "a.ahr", (1, "agent", "message", {"role": "user", "text": "hi"}), shown(2, "")
    )
    assert main(["convert", source, str(tmp_path / "a.html")]) == 0
    assert main(["convert", str(tmp_path / "a.html"), str(tmp_path / "b.ahr")]) == 0
    assert [event.data["text"] for event in read(tmp_path / "b.ahr", "agent/message")[1]] == ["hi"]
