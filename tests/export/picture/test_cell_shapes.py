"""Lines, blocks and braille as shapes."""

from __future__ import annotations

import pytest

from agentrec.export.picture.cell_shapes import cell_shapes, common

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
        ("─", "lr"), ("│", "ud"), ("┌", "rd"), ("╮", "ld"), ("├", "udr"), ("┼", "lrud"),
        ("╔", "rd"), ("╩", "lru"), ("╾", "lr"), ("╷", "d"), ("┡", "udr"), ("╫", "lrud"), ("┅", "lr"),
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
