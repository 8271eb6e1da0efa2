"""Start and end of a stretch."""

from agentrec.tui.playback.cut_points import CutPoints


def test_an_end_replaces_what_it_contradicts():
    points = CutPoints().starting_at(10).ending_at(30)
    assert points.stretch(100) == (10, 30)
    assert points.starting_at(40) == CutPoints(40, None)
    assert points.ending_at(5) == CutPoints(None, 5)
    assert points.starting_at(40).stretch(100) == (40, 100)


def test_none_and_the_very_start():
    assert not CutPoints()
    assert CutPoints().starting_at(0)
    assert CutPoints(None, 200).stretch(100) == (0, 100)
