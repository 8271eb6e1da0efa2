"""Selected cells and their text."""

from __future__ import annotations

import pytest

from agentrec.terminal.engine.screen import Screen
from agentrec.tui.draw.selection import Selection, line_at, selected_text, whole, word_at


def screen(output: str, cols: int = 10, rows: int = 4) -> Screen:
    made = Screen(cols, rows)
    made.feed(output.encode())
    return made


def wraps(made: Screen) -> list[bool]:
    return [made.row_wraps(y) for y in range(made.rows)]


def text(made: Screen, selection: Selection) -> str:
    return selected_text(selection, made.styled_rows(), wraps(made), made.cols)


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        ((0, 0), (0, 2), "one"),
        ((0, 2), (0, 0), "one"),
        ((0, 4), (1, 2), "two\nred"),
        ((0, 9), (1, 0), "\nr"),
        ((1, 0), (3, 9), "red"),
        ((3, 0), (3, 9), ""),
    ],
)
def test_text_flows(start: tuple[int, int], stop: tuple[int, int], expected: str) -> None:
    made = screen("one two\r\n\x1b[31mred\x1b[0m\r\n")
    assert text(made, Selection.between(start, stop)) == expected


def test_wrapped_rows_are_one_line() -> None:
    made = screen("0123456789abcdefghijkl\r\nnext")
    assert text(made, whole(4, 10)) == "0123456789abcdefghijkl\nnext"
    assert text(made, Selection((0, 8), (1, 1))) == "89ab"
    assert line_at((1, 3), wraps(made), 10) == Selection((0, 0), (2, 9))
    assert line_at((3, 3), wraps(made), 10) == Selection((3, 0), (3, 9))


def test_wide_characters_are_whole() -> None:
    made = screen("a測試e\u0301!")
    assert text(made, Selection((0, 1), (0, 1))) == "測"
    assert text(made, Selection((0, 2), (0, 3))) == "測試"
    assert text(made, Selection((0, 4), (0, 6))) == "試e\u0301!"


def test_hidden_text_stays_hidden() -> None:
    assert text(screen("a\x1b[8msecret\x1b[0mb"), whole(4, 10)) == "a      b"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ((0, 0), "run"),
        ((0, 4), "./src/a_file.py:12"),
        ((1, 3), "./src/a_file.py:12"),
        ((0, 3), ""),
        ((3, 4), "測試"),
        ((3, 9), ""),
    ],
)
def test_word(cell: tuple[int, int], expected: str) -> None:
    made = screen("run ./src/a_file.py:12\r\nx 測試 y", rows=4)
    lines = made.styled_rows()
    assert text(made, word_at(cell, lines, wraps(made), 10)) == expected


def test_span() -> None:
    selection = Selection((1, 5), (3, 2))
    assert [selection.span(row, 10) for row in range(5)] == [None, (5, 10), (0, 10), (0, 3), None]
