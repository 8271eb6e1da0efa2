"""Which stretches are kept, and when they happen."""

from fractions import Fraction

import pytest

from agentrec.cuts.time_map import faster_map, stretch_map, trimmed_map
from agentrec.errors import UsageError


def placed(time_map, *times):
    return [time_map.place(t) if time_map.keeps(t) else None for t in times]


def test_a_stretch_begins_at_zero_and_includes_its_ends():
    time_map = stretch_map(10, 30)
    assert placed(time_map, 9, 10, 20, 30, 31) == [None, 0, 10, 20, None]
    assert time_map.length == 20
    assert time_map.place(4) == -6


def test_what_is_dropped_takes_no_time():
    time_map = stretch_map(0, 100, [(20, 30), (50, 90)])
    assert placed(time_map, 0, 19, 20, 29, 30, 49, 50, 89, 90, 100) == [
        *(0, 19, None, None, 20, 39, None, None, 40, 50)
    ]
    assert time_map.place(25) == 20
    assert time_map.length == 50
    assert [piece.seam for piece in time_map.pieces] == [False, True, True]


def test_stretches_to_drop_may_overlap_and_touch_the_ends():
    assert stretch_map(0, 100, [(0, 10), (5, 20), (90, 100)]).length == 70
    assert placed(stretch_map(0, 100, [(0, 10), (5, 20)]), 10, 20) == [None, 0]


def test_nothing_left():
    with pytest.raises(UsageError, match="nothing is left"):
        stretch_map(10, 50, [(0, 60)])
    with pytest.raises(UsageError, match="nothing is left"):
        stretch_map(10, 10)


def test_long_pauses_become_short_and_keep_their_order():
    time_map = trimmed_map(100, [0, 5, 45, 50], 10)
    assert placed(time_map, 0, 5, 25, 45, 50, 75, 100) == [0, 5, 10, 15, 20, 25, 30]
    assert time_map.length == 30


def test_faster_and_slower():
    assert placed(faster_map(90, Fraction(3)), 0, 30, 90) == [0, 10, 30]
    assert placed(faster_map(90, Fraction(1, 2)), 0, 30, 90) == [0, 60, 180]


def test_durations_lose_what_is_dropped():
    time_map = stretch_map(0, 100, [(20, 30)])
    assert time_map.took(40, 15) == 10
    assert time_map.took(30, 10) == 0
    assert time_map.took(50, 10) == 10
    assert stretch_map(50, 100).took(60, 30) == 30
