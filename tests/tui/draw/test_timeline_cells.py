"""The timeline bar, cell by cell."""

import pytest

from agentrec.tui.draw.timeline_cells import (
    TimelineMark,
    activity,
    column,
    quiet_columns,
    rail,
    rescale,
    time_at,
)


def chars(cells):
    return "".join(cell.char for cell in cells)


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (0, "┃─────────"),
        (35, "━━━┃──────"),
        (99, "━━━━━━━━━┃"),
        (100, "━━━━━━━━━┃"),
    ],
)
def test_where_we_are(t, expected):
    assert chars(rail(10, t, 100)) == expected


def test_marks_and_idle_time():
    marks = [
        TimelineMark(20, "moment"),
        TimelineMark(25, "error"),
        TimelineMark(71, "snapshot"),
        TimelineMark(90, "branch"),
    ]
    cells = rail(10, 50, 100, marks, [(30, 50), (55, 70)])
    assert chars(cells) == "━━✗╌╌┃╌●─⑂"
    assert [cells[x].role for x in (0, 2, 5, 7, 8)] == [
        "past",
        "error",
        "here",
        "snapshot",
        "future",
    ]


def test_the_position_on_a_mark_shows_both():
    cell = rail(10, 20, 100, [TimelineMark(20, "moment")])[2]
    assert (cell.char, cell.role) == ("◆", "here")


@pytest.mark.parametrize("width", [0, 1, 2, 300])
@pytest.mark.parametrize("duration", [0, 1, 10**15])
def test_odd_sizes(width, duration):
    marks = [TimelineMark(0, "moment"), TimelineMark(duration, "error")]
    assert len(rail(width, duration, duration, marks, [(0, duration)])) == width
    hits = [0, duration] if width else []
    assert len(activity(width, 0, duration, [1, 2, 3], hits)) == width


def test_activity():
    assert chars(activity(4, 0, 100, [1, 0, 1000, 8], [])) == "▁ █▂"
    assert chars(activity(4, 0, 100, [1, 0, 1000, 8], [30])) == "▁▼█▂"
    assert chars(activity(3, 0, 100, [], [])) == "   "
    assert [cell.role for cell in activity(4, 50, 100, [1, 1, 1, 1])] == ["past"] * 2 + [
        "future"
    ] * 2


@pytest.mark.parametrize("width", [1, 3, 7, 8, 20, 512])
def test_rescaling_keeps_the_sum(width):
    values = [5, 0, 3, 8, 1, 1, 0, 2]
    assert sum(rescale(values, width)) == pytest.approx(sum(values))
    assert len(rescale(values, width)) == width


def test_only_columns_idle_as_a_whole_are_quiet():
    assert quiet_columns(10, 100, [(15, 45)]) == [False] * 2 + [True] * 2 + [False] * 6


@pytest.mark.parametrize("width", [2, 10, 77])
def test_a_column_stands_for_a_time_in_it(width):
    for x in range(width):
        assert column(time_at(x, 10_000, width), 10_000, width) == x
    assert (time_at(0, 10_000, width), time_at(width - 1, 10_000, width)) == (0, 10_000)
