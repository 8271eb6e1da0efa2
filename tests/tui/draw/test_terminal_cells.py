"""Recorded cells become segments of exactly their width, and nothing but text and looks."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.engine.styles import PLAIN, Run, Style
from agentrec.tui.draw import terminal_cells as paint
from agentrec.tui.draw.terminal_cells import (
    DARK,
    LIGHT,
    MONO,
    find_spans,
    fitted,
    rich_style,
    strip_of,
)


def plain(runs, cols=20, hits=(), palette=DARK):
    return strip_of(runs, cols, palette, list(hits))


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("漢字", 4), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("é", 1), ("❤️", 2), ("❤️", 1), ("🇩🇪", 2)],
)
def test_text_takes_the_cells_it_had(text, width):
    assert cell_len(fitted(text, width)) == width


@given(st.text(max_size=12), st.integers(1, 20))
def test_any_text_fits_and_holds_no_control(text, width):
    shown = fitted(text, width)
    assert cell_len(shown) == width
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_a_short_row_is_filled_and_a_long_one_cut():
    assert plain([Run("ab", 2, PLAIN)], 5).text == "ab   "
    assert plain([Run("abcdef", 6, PLAIN)], 3).text == "abc"


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https://example.org/\x1b]52;c;eA==\x07", False),
        ("https://example.org/ x", False),
    ],
)
def test_only_web_links(link, kept):
    assert rich_style(Style(link=link), DARK).link == (link if kept else None)


def test_colors():
    assert rich_style(Style(), DARK).color.name == DARK.fg
    assert rich_style(Style(fg=1), LIGHT).color.name == LIGHT.ansi[1]
    assert rich_style(Style(fg=(1, 2, 3)), DARK).color.triplet == (1, 2, 3)
    assert rich_style(Style(bg=208), DARK).bgcolor.triplet == (255, 135, 0)
    assert rich_style(Style(bg=255), DARK).bgcolor.triplet == (238, 238, 238)
    assert rich_style(Style(fg=(1, 2, 3), bg=208), MONO).color.is_default
    assert rich_style(Style(inverse=True), DARK).reverse


def test_hidden_text_is_not_shown():
    assert plain([Run("secret", 6, Style(hidden=True))], 6).text == " " * 6


@pytest.mark.parametrize(
    ("text", "query", "spans"),
    [
        ("a needle b needle", "needle", [(2, 8), (11, 17)]),
        ("漢字 needle", "needle", [(5, 11)]),
        ("漢字漢字", "字", [(2, 4), (6, 8)]),
        ("nothing", "needle", []),
    ],
)
def test_hits_are_cell_spans(text, query, spans):
    half = len(text) // 2
    runs = [Run(text[:half], cell_len(text[:half]), PLAIN)]
    runs.append(Run(text[half:], cell_len(text[half:]), Style(bold=True)))
    assert find_spans(runs, re.compile(query)) == spans
    strip = plain(runs, cell_len(text), spans)
    assert strip.text == text
    ground = paint.RichColor.parse(DARK.hit[1])
    marked = "".join(s.text for s in strip if s.style.bgcolor == ground)
    assert marked == query * len(spans)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_screen_is_drawn_in_its_size(data):
    screen = Screen(30, 6)
    screen.feed(data)
    for row in screen.styled_rows():
        strip = strip_of(row, screen.cols, DARK, [])
        assert strip.cell_length == screen.cols
        assert sum(cell_len(segment.text) for segment in strip) == screen.cols
