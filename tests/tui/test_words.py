"""The position and pauses in words."""

import pytest

from agentrec.recording.markers import Marker
from agentrec.tui.playback.clock import Clock
from agentrec.tui.words import pause_text, position_text

S = 1_000_000_000


MARKERS = [Marker("m1", "moment", 1, 10 * S, "one", ""), Marker("m2", "moment", 2, 20 * S, "", "")]


@pytest.mark.parametrize(
    ("t", "markers", "said"),
    [
        (0, [], "at the start"),
        (0, MARKERS, "at the start"),
        (5, MARKERS, "before “one”"),
        (10, MARKERS, "at “one”"),
        (11, MARKERS, "after “one”"),
        (20, MARKERS, "at “m2”"),
        (5, [], ""),
        (30, [], "at the end"),
        (30, MARKERS, "after “m2”"),
    ],
)
def test_positions(t, markers, said):
    clock = Clock(30 * S)
    clock.seek(t * S)
    assert position_text(clock, markers) == said


def test_positions_of_what_is_empty_or_live():
    assert position_text(Clock(0), [], empty=True) == "nothing was recorded"
    assert position_text(Clock(0, growing=True), [], empty=True) == "waiting for output"
    clock = Clock(5, growing=True)
    clock.to_end()
    assert position_text(clock, MARKERS) == "live"


def test_pauses():
    assert pause_text(None) == "pauses are played in full"
    assert pause_text(S // 2) == "pauses are cut to 0.5 s"
