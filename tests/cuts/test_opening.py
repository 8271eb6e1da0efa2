"""The screen where a stretch begins."""

import os

from agentrec.cuts.cut_file import cut
from agentrec.cuts.opening import lines_needed
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from tests.cuts.recordings import S, output, shown, write


def text_at(path, t):
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        return timeline.screen_at(t).text().split("\n")[:2]


def test_in_the_middle_of_a_sequence_and_of_a_character(tmp_path):
    source = write(
        tmp_path / "a.ahr",
        shown(1, "one \x1b[3"),
        shown(2, "1mred \x1b[0m"),
        (3, "term", "output", "é".encode()[:1]),
        (4, "term", "output", "é".encode()[1:]),
    )
    cut(source, str(tmp_path / "red.ahr"), os.environ, round(1.5 * S))
    assert text_at(tmp_path / "red.ahr", 9 * S) == ["one red é", ""]
    cut(source, str(tmp_path / "e.ahr"), os.environ, round(3.5 * S))
    assert text_at(tmp_path / "e.ahr", 0) == ["one red", ""]
    assert text_at(tmp_path / "e.ahr", S) == ["one red é", ""]


def test_what_scrolled_off_before_is_not_in_it(tmp_path):
    lines = [shown(number, f"secret {number}\r\n") for number in range(1, 20)]
    source = write(tmp_path / "a.ahr", *lines, shown(30, "end"))
    cut(source, str(tmp_path / "new.ahr"), os.environ, 25 * S)
    assert b"secret 19" in output(tmp_path / "new.ahr")
    assert b"secret 15" not in output(tmp_path / "new.ahr")


def test_a_resize_brings_back_what_scrolled_off(tmp_path):
    lines = [shown(number, f"line {number}\r\n") for number in range(1, 20)]
    taller = (40, "term", "resize", {"cols": 20, "rows": 9})
    source = write(tmp_path / "a.ahr", *lines, shown(30, "end"), taller)
    cut(source, str(tmp_path / "new.ahr"), os.environ, 25 * S)
    assert (
        text_at(tmp_path / "new.ahr", 99 * S) == text_at(source, 99 * S) == ["line 12", "line 13"]
    )


def test_lines_are_needed_only_for_resizes():
    assert lines_needed([(80, 24)]) == lines_needed([(80, 24), (80, 24)]) == 0
    assert lines_needed([(80, 24), (80, 40)]) == 80
    assert lines_needed([(80, 24), (160, 24)]) == 72
