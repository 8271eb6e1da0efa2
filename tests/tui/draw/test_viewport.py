"""Where the terminal stands in the window."""

import pytest

from agentrec.tui.draw.viewport import Pan, lay_out


@pytest.mark.parametrize(
    ("window", "size", "expected"),
    [
        # window, recorded: x, y, left, top, width, height, framed, gutter
        ((100, 30), (80, 24), (10, 3, 0, 0, 80, 24, True, True)),
        ((83, 26), (80, 24), (2, 1, 0, 0, 80, 24, True, True)),
        ((82, 26), (80, 24), (1, 1, 0, 0, 80, 24, False, True)),
        ((81, 24), (80, 24), (1, 0, 0, 0, 80, 24, False, True)),
        ((80, 24), (80, 24), (1, 0, 0, 0, 79, 24, False, True)),
        ((20, 3), (80, 24), (0, 0, 0, 0, 20, 3, False, False)),
        ((10, 5), (1, 1), (4, 2, 0, 0, 1, 1, True, True)),
        ((0, 0), (80, 24), (0, 0, 0, 0, 0, 0, False, False)),
    ],
)
def test_places(window, size, expected):
    assert tuple(lay_out(window, size, Pan(), None)) == expected


@pytest.mark.parametrize(
    ("cursor", "corner"),
    [
        ((0, 0), (0, 0)),
        ((34, 5), (0, 0)),
        ((60, 20), (26, 14)),
        ((79, 23), (41, 14)),
        ((50, 0), (16, 0)),
    ],
)
def test_the_view_follows_the_cursor(cursor, corner):
    view = lay_out((40, 10), (80, 24), Pan(), cursor)
    assert view.left <= cursor[0] < view.left + view.width
    assert view.top <= cursor[1] < view.top + view.height
    assert (view.left, view.top) == corner


def test_following_moves_no_more_than_it_must():
    pan = Pan()
    lay_out((40, 10), (80, 24), pan, (60, 20))
    before = (pan.left, pan.top)
    lay_out((40, 10), (80, 24), pan, (58, 19))
    assert (pan.left, pan.top) == before


def test_panning_stays_within_bounds_and_until_told_otherwise():
    pan = Pan()
    pan.move(500, -5)
    view = lay_out((40, 10), (80, 24), pan, (0, 23))
    assert (view.left, view.top) == (41, 0)
    pan.follow()
    assert lay_out((40, 10), (80, 24), pan, (0, 23)).top == 14


def test_a_hidden_cursor_moves_nothing():
    pan = Pan()
    lay_out((40, 10), (80, 24), pan, (79, 23))
    assert lay_out((40, 10), (80, 24), pan, None).left == 41


@pytest.mark.parametrize("width", range(0, 90, 7))
@pytest.mark.parametrize("height", [0, 1, 5, 24, 26, 60])
def test_it_is_always_inside_the_window(width, height):
    view = lay_out((width, height), (80, 24), Pan(), (79, 23))
    frame = 1 if view.framed else 0
    assert view.x - frame - (1 if view.gutter else 0) >= 0
    assert view.x + view.width + frame <= max(width, view.x)
    assert view.y - frame >= 0
    assert view.y + view.height + frame <= height
