"""Lines, blocks and braille as shapes."""

from __future__ import annotations

import pytest

from agentrec.export.picture.cell_shapes import Curve, cell_shapes, common

ASPECT = 2.0


def reaches(char):
    """The sides of the cell that the lines of a character touch."""
    shapes = cell_shapes(char, ASPECT)
    ends = {"l": ("left", 0), "r": ("right", 1), "u": ("top", 0), "d": ("bottom", 1)}
    return {
        side
        for side, (name, place) in ends.items()
        if any(getattr(shape, name) == place for shape in shapes)
    }


@pytest.mark.parametrize(
    ("char", "sides"),
    [
        ("─", "lr"), ("│", "ud"), ("┌", "rd"), ("├", "udr"), ("┼", "lrud"),
        ("╔", "rd"), ("╩", "lru"), ("╾", "lr"), ("╷", "d"), ("┡", "udr"), ("╫", "lrud"),
    ],
)  # fmt: skip
def test_lines_go_where_their_names_say(char, sides):
    assert reaches(char) == set(sides)


def test_weights():
    def thickness(char):
        return [round(it.bottom - it.top, 3) for it in cell_shapes(char, ASPECT)]

    assert max(thickness("━")) > 2 * max(thickness("─"))
    assert len(thickness("═")) == 2 * len(thickness("─"))  # two lines


def test_neighbors_meet():
    """Every line to a side ends exactly there, in the middle."""
    for code in range(0x2500, 0x2580):
        for shape in cell_shapes(chr(code), ASPECT) or ():
            if isinstance(shape, Curve):
                continue
            assert 0 <= shape.left < shape.right <= 1
            assert 0 <= shape.top < shape.bottom <= 1


def test_blocks_and_braille():
    def area(char):
        return sum(
            (s.right - s.left) * (s.bottom - s.top) * s.alpha for s in cell_shapes(char, 2.0)
        )

    for char, part in (
        ("█", 1),
        ("▀", 0.5),
        ("▌", 0.5),
        ("▁", 1 / 8),
        ("▏", 1 / 8),
        ("▚", 0.5),
        ("▒", 0.5),
    ):
        assert area(char) == pytest.approx(part), char
    assert [len(cell_shapes(char, 2.0)) for char in "⠀⠁⡇⣿"] == [0, 1, 4, 8]
    assert cell_shapes("a", 2.0) is None
    assert common("⎿ ⏵⏵") == "└ ▶▶"


@pytest.mark.parametrize(("char", "center"), [("╭", "rd"), ("╮", "ld"), ("╯", "lu"), ("╰", "ru")])
def test_round_corners_are_round(char, center):
    curve, line = cell_shapes(char, ASPECT)
    assert curve.x == (center[0] == "r")
    assert curve.y == (0.75 if center[1] == "d" else 0.25)  # a circle within a cell twice as high
    # The line goes on from where the curve ends, to the edge.
    assert (line.top, line.bottom) == ((0.75, 1) if center[1] == "d" else (0, 0.25))


@pytest.mark.parametrize(("char", "count"), [("╌", 2), ("┅", 3), ("┊", 4), ("╎", 2)])
def test_dashes_have_gaps(char, count):
    shapes = cell_shapes(char, ASPECT)
    assert len(shapes) == count
    assert sum((it.right - it.left) * (it.bottom - it.top) for it in shapes) < 0.3


def test_sextants():
    def places(char):
        return [(it.left, round(it.top * 3)) for it in cell_shapes(char, ASPECT)]

    assert places("\U0001fb00") == [(0, 0)]
    assert places("\U0001fb02") == [(0, 0), (0.5, 0)]
    # The last one lacks the upper left; the two halves are not among them.
    assert places("\U0001fb3b") == [(0.5, 0), (0, 1), (0.5, 1), (0, 2), (0.5, 2)]
