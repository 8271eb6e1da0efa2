"""A screen drawn anew on another terminal looks the same, and goes on the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.redraw import redraw
from agentrec.terminal.output.sgr import render
from tests.terminal.screens import visible

TEXTS = [b"hello", b"a long line of words that will wrap ", "日本語".encode(), "é e\u0301".encode()]
MOVES = [b"\r\n", b"\n", b"\r", b"\t", b"\x1b[A", b"\x1b[2C", b"\x1b[3;5H", b"\x1bM", b"\x1bD"]
ERASES = [b"\x1b[K", b"\x1b[J", b"\x1b[2J", b"\x1b[L", b"\x1b[M", b"\x1b[@", b"\x1b[P", b"\x1b[X"]
STYLES = [b"\x1b[1;31m", b"\x1b[44m", b"\x1b[48;2;1;2;3m", b"\x1b[7m", b"\x1b[4:3m", b"\x1b[0m"]
MODES = [
    b"\x1b[4h",
    b"\x1b[4l",
    b"\x1b[?7l",
    b"\x1b[?7h",
    b"\x1b[?25l",
    b"\x1b[?2004h",
    b"\x1b[5 q",
    b"\x1b[?2026h",
    b"\x1b[>1u",
]
PLACES = [b"\x1b[2;4r", b"\x1b[r", b"\x1b7", b"\x1b8", b"\x1b[?1049h", b"\x1bH", b"\x1b[3g"]
LINKS = [b"\x1b]8;;http://localhost/\x1b\\link\x1b]8;;\x1b\\"]
OUTPUT = st.lists(
    st.sampled_from([*TEXTS, *MOVES, *ERASES, *STYLES, *MODES, *PLACES, *LINKS]), max_size=25
)


def seen(screen):
    rows = [render(runs) for runs in screen.styled_rows()]
    return rows, screen.cursor, screen.modes, screen.history_text()


@given(OUTPUT, OUTPUT)
@settings(max_examples=150, deadline=None)
def test_another_terminal_shows_the_same_and_goes_on_the_same(before, after):
    screen, other = Screen(20, 6, 100), Screen(20, 6, 100)
    screen.feed(b"".join(before))
    other.feed(redraw(screen))
    assert seen(other) == seen(screen)
    for each in (screen, other):
        each.feed(b"".join(after))
    assert seen(other) == seen(screen)


def test_what_was_below_a_full_screen_program_is_there_when_it_ends():
    screen, other = Screen(20, 4, 100), Screen(20, 4, 100)
    screen.feed(b"1\r\n2\r\n3\r\n4\r\n5\r\n$ vi\x1b[?1049h\x1b[H\x1b[44mfile\x1b[0m")
    other.feed(redraw(screen))
    for each in (screen, other):
        each.feed(b"\x1b[?1049l done")
    assert seen(other) == seen(screen)
    assert other.text().startswith("3\n4\n5\n$ vi done")
    assert other.history_text() == ["1", "2"]


def test_scrollback_is_bounded():
    screen, other = Screen(20, 4, 500), Screen(20, 4, 500)
    screen.feed(b"".join(b"%d\r\n" % number for number in range(300)))
    other.feed(redraw(screen, 10))
    assert other.history_text() == screen.history_text()[-10:]
    assert other.rows_text() == screen.rows_text()


def test_nothing_in_the_middle_of_a_sequence():
    screen = Screen(20, 4)
    screen.feed(b"\x1b[3")
    assert redraw(screen) is None
    screen.feed(b"1mred")
    assert redraw(screen) is not None


def test_a_cursor_behind_the_last_column_stays_there():
    screen, other = Screen(10, 3), Screen(10, 3)
    screen.feed(b"\x1b[31m0123456789")
    other.feed(redraw(screen))
    for each in (screen, other):
        each.feed(b"x")
    assert other.rows_text() == ["0123456789", "x", ""]
    assert seen(other) == seen(screen)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a" * 36 + b"bcd ", b"x"),  # a row that goes on with a blank
        (b"\x1b]2;a title\x07", b""),
        (b"x" * 20 + b"\x1b]8;;http://a/\x1b\\", b"y"),  # a link begins behind the last column
        (b"\x1b[5 q\x1b[?1049h", b"\x1b[?1049l"),  # the cursor's shape below a full screen
        (("ab" * 9 + "👩\u200d👩\u200d👧").encode(), b"y"),
        (b"\x1b[?69h\x1b[3;10s\x1b[2;3Hhi", b"there\r\nmore"),  # margins left and right
        ("👩\u200d👧".encode() + b"\x1b[?2027l", "👩\u200d👧".encode()),
    ],
    ids=["blank", "title", "link", "shape", "cluster", "margins", "clusters off"],
)
def test_what_was_lost_before(before, after):
    screen, other = Screen(20, 6, 100), Screen(20, 6, 100)
    screen.feed(before)
    other.feed(redraw(screen))
    for each in (screen, other):
        each.feed(after)
    assert visible(other) == visible(screen)
    assert [other.row_wraps(y) for y in range(5)] == [screen.row_wraps(y) for y in range(5)]
