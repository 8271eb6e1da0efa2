"""Rows as SGR text: a terminal that shows it shows the same row."""

import pytest

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.engine.styles import PLAIN, Run, Style
from agentrec.terminal.output.sgr import render, sgr


def test_plain_text_has_no_escapes() -> None:
    row = [Run("ab", 2, Style(fg=1, bold=True)), Run("c  ", 3, PLAIN)]
    assert render(row, colors=False) == "abc"


def test_colors_and_attributes() -> None:
    row = [
        Run("a", 1, Style(fg=1, bold=True)),
        Run("b", 1, PLAIN),
        Run(" ", 1, Style(bg=(1, 2, 3))),
    ]
    assert render(row) == "\x1b[0;1;31ma\x1b[0mb\x1b[0;48;2;1;2;3m \x1b[0m"


@pytest.mark.parametrize(
    ("style", "codes"),
    [
        (Style(fg=7), "37"),
        (Style(fg=9), "91"),
        (Style(bg=8), "100"),
        (Style(fg=16), "38;5;16"),
        (Style(underline=1), "4"),
        (Style(underline=3), "4:3"),
        (Style(underline_color=(1, 2, 3), underline=1), "4;58:2::1:2:3"),
    ],
)
def test_codes(style: Style, codes: str) -> None:
    assert sgr(style) == f"\x1b[0;{codes}m"


def test_links_are_kept_when_they_are_safe() -> None:
    row = [Run("a", 1, Style(link="https://x")), Run("b", 1, Style(link="file:///y"))]
    assert render(row) == "\x1b[0m\x1b]8;;https://x\x1b\\a\x1b]8;;\x1b\\\x1b[0mb\x1b[0m"


def test_controls_in_cells_never_reach_the_terminal() -> None:
    assert render([Run("a\x1b[2J\x9bb", 5, PLAIN)]) == "a[2Jb"
    assert render([Run("a\x1b[2J\x9bb", 5, PLAIN)], colors=False) == "a[2Jb"


def test_trailing_blanks_that_show_nothing_are_left_out() -> None:
    assert render([Run("a  ", 3, PLAIN), Run("  ", 2, Style(fg=1, bold=True))]) == "a"
    assert render([Run("  ", 2, Style(inverse=True))]) == "\x1b[0;7m  \x1b[0m"


def test_a_screen_drawn_from_its_rows_is_the_same_screen() -> None:
    screen = Screen(30, 4)
    screen.feed(
        "\x1b[1;38;5;120mgreen\x1b[0m \x1b[4:3;58;2;1;2;3mcurly\x1b[0m\r\n\x1b[44mblue \x1b[K\x1b[0m"
        "\r\n漢字 \x1b[7;9minverse\x1b[m e\u0301\r\n\x1b]8;;https://a/b\x07link\x1b]8;;\x07".encode()
    )
    again = Screen(30, 4)
    again.feed("\r\n".join(map(render, screen.styled_rows())).encode())
    assert again.styled_rows() == screen.styled_rows()
