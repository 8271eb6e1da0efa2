"""Times, positions and foreign text, in words."""

import pytest

from agentrec.recording.markers import Point
from agentrec.times import format_clock
from agentrec.tui.playback.clock import Clock, parse_position
from agentrec.tui.words import pause_text, position_text

S = 1_000_000_000


@pytest.mark.parametrize(
    ("t", "short", "exact"),
    [
        (0, "0:00", "0:00.000"),
        (59_999_999_999, "0:59", "0:59.999"),
        (60 * S, "1:00", "1:00.000"),
        (3661 * S + 5_000_000, "1:01:01", "1:01:01.005"),
        (-5, "0:00", "0:00.000"),
    ],
)
def test_clock(t, short, exact):
    assert (format_clock(t), format_clock(t, fraction=True)) == (short, exact)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), (" 12s ", 12), ("50%", 50), ("0 %", 0),
        ("", None), ("x", None), ("-5", None), ("1:2:3:4", None), ("1e9", None), ("nan", None),
        ("150%", 100),
    ],
)  # fmt: skip
def test_times(text, seconds):
    assert parse_position(text, 100 * S) == (None if seconds is None else round(seconds * S))


POINTS = [Point("m1", "moment", 1, 10 * S, "one", ""), Point("m2", "moment", 2, 20 * S, "", "")]


@pytest.mark.parametrize(
    ("t", "points", "said"),
    [
        (0, [], "at the start"),
        (0, POINTS, "at the start"),
        (5, POINTS, "before “one”"),
        (10, POINTS, "at “one”"),
        (11, POINTS, "after “one”"),
        (20, POINTS, "at “m2”"),
        (5, [], ""),
        (30, [], "at the end"),
        (30, POINTS, "after “m2”"),
    ],
)
def test_positions(t, points, said):
    clock = Clock(30 * S)
    clock.seek(t * S)
    assert position_text(clock, points) == said


def test_positions_of_what_is_empty_or_live():
    assert position_text(Clock(0), [], empty=True) == "nothing was recorded"
    assert position_text(Clock(0, growing=True), [], empty=True) == "waiting for output"
    clock = Clock(5, growing=True)
    clock.to_end()
    assert position_text(clock, POINTS) == "live"


def test_limits():
    assert pause_text(None) == "pauses are played in full"
    assert pause_text(S // 2) == "pauses are cut to 0.5 s"
