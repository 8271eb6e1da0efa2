"""Box drawing, blocks, sextants and braille as shapes: drawn by a font, they leave gaps between cells.

Which lines a character has is read from its Unicode name.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

# Of a cell's width.
LIGHT, HEAVY = 0.1, 0.3
_DOUBLE_GAP = 0.3  # between the middles of a double line
_WEIGHTS = {"LIGHT": LIGHT, "SINGLE": LIGHT, "HEAVY": HEAVY, "DOUBLE": -LIGHT}
_SIDES = {
    "LEFT": "l", "RIGHT": "r", "UP": "u", "DOWN": "d", "HORIZONTAL": "lr", "VERTICAL": "ud",
}  # fmt: skip
_SHADES = {0x2591: 0.25, 0x2592: 0.5, 0x2593: 0.75}
# Dots of a braille cell by bit: column, row.
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_DOT = 0.22
_DASHES = {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}
_DASH = 0.6  # of its length; the rest is a gap
# Sextants by their number: a left half and a right half are blocks, which come before.
_SEXTANTS = [bits for bits in range(1, 63) if bits not in (0b010101, 0b101010)]

# Signs that agents draw and few monospaced fonts have, as ones that most have.
_COMMON = str.maketrans(
    "\u23bf\u23f4\u23f5\u23fa\u23f9\u276f", "\u2514\u25c0\u25b6\u25cf\u25a0\u203a"
)


def common(text: str) -> str:
    """``text`` with signs that fonts have."""
    return text.translate(_COMMON)


class Shape(NamedTuple):
    """A rectangle, in parts of a cell from its top left corner; ``alpha`` is its opacity."""

    left: float
    top: float
    right: float
    bottom: float
    alpha: float = 1.0


class Curve(NamedTuple):
    """A quarter of a circle around a place on a side of the cell, from one middle line to the other.

    Its radius is half of the cell's width, and it is as thick as a light line.
    """

    x: float
    y: float


@cache
def cell_shapes(char: str, aspect: float) -> tuple[Shape | Curve, ...] | None:
    """The shapes of a character in a cell ``aspect`` times as high as wide; None: a font draws it."""
    code = ord(char) if len(char) == 1 else 0
    if 0x2500 <= code <= 0x257F:
        return _box(unicodedata.name(char), aspect)
    if 0x2580 <= code <= 0x259F:
        return _block(code)
    if 0x2800 <= code <= 0x28FF:
        return _braille(code - 0x2800, aspect)
    if 0x1FB00 <= code <= 0x1FB3B:
        return _sextant(_SEXTANTS[code - 0x1FB00])
    return None


def _box(name: str, aspect: float) -> tuple[Shape | Curve, ...] | None:
    words = name.removeprefix("BOX DRAWINGS ").split()
    if "DIAGONAL" in words:
        return None
    if "ARC" in words:
        return _arc(words, aspect)
    if "DASH" in words:
        return _dashes(words, aspect)
    lines: dict[str, float] = {}
    weight = next((_WEIGHTS[word] for word in words if word in _WEIGHTS), LIGHT)
    for part in " ".join(words).split(" AND "):
        here = part.split()
        weight = next((_WEIGHTS[word] for word in here if word in _WEIGHTS), weight)
        for side in "".join(_SIDES.get(word, "") for word in here):
            lines[side] = weight
    return tuple(shape for side in lines for shape in _line(side, lines, aspect))


def _arc(words: list[str], aspect: float) -> tuple[Shape | Curve, ...]:
    """A rounded corner, and the line from it up or down."""
    x = 1.0 if "RIGHT" in words else 0.0
    sign = 1 if "DOWN" in words else -1
    y = 0.5 + sign * 0.5 / aspect
    top, bottom = (y, 1.0) if sign > 0 else (0.0, y)
    return Curve(x, y), Shape(0.5 - LIGHT / 2, top, 0.5 + LIGHT / 2, bottom)


def _dashes(words: list[str], aspect: float) -> tuple[Shape, ...]:
    count = next(_DASHES[word] for word in words if word in _DASHES)
    weight = _WEIGHTS[words[0]]
    bounds = [((n + 0.5 - _DASH / 2) / count, (n + 0.5 + _DASH / 2) / count) for n in range(count)]
    if "HORIZONTAL" in words:
        top, bottom = 0.5 - weight / 2 / aspect, 0.5 + weight / 2 / aspect
        return tuple(Shape(start, top, stop, bottom) for start, stop in bounds)
    left, right = 0.5 - weight / 2, 0.5 + weight / 2
    return tuple(Shape(left, start, right, stop) for start, stop in bounds)


def _line(side: str, lines: dict[str, float], aspect: float) -> list[Shape]:
    """The line from the middle to a side: one rectangle, or two for a double one."""
    weight = lines[side]
    across = "ud" if side in "lr" else "lr"
    reach = max((abs(lines[other]) for other in across if other in lines), default=0.0) / 2
    if any(lines.get(other, 0) < 0 for other in across):
        reach = _DOUBLE_GAP / 2 + LIGHT / 2
    offsets = (-_DOUBLE_GAP / 2, _DOUBLE_GAP / 2) if weight < 0 else (0.0,)
    return [_part(side, offset, abs(weight), reach, aspect) for offset in offsets]


def _part(side: str, offset: float, weight: float, reach: float, aspect: float) -> Shape:
    if side in "lr":
        top, bottom = (0.5 + (offset + sign * weight / 2) / aspect for sign in (-1, 1))
        return (
            Shape(0, top, 0.5 + reach, bottom)
            if side == "l"
            else Shape(0.5 - reach, top, 1, bottom)
        )
    left, right = (0.5 + offset + sign * weight / 2 for sign in (-1, 1))
    reach /= aspect
    return Shape(left, 0, right, 0.5 + reach) if side == "u" else Shape(left, 0.5 - reach, right, 1)


def _block(code: int) -> tuple[Shape, ...]:
    if code in _SHADES:
        return (Shape(0, 0, 1, 1, _SHADES[code]),)
    if code == 0x2580:
        return (Shape(0, 0, 1, 0.5),)
    if code <= 0x2588:
        return (Shape(0, 1 - (code - 0x2580) / 8, 1, 1),)
    if code <= 0x258F:
        return (Shape(0, 0, (0x2590 - code) / 8, 1),)
    if code == 0x2590:
        return (Shape(0.5, 0, 1, 1),)
    if code == 0x2594:
        return (Shape(0, 0, 1, 1 / 8),)
    if code == 0x2595:
        return (Shape(7 / 8, 0, 1, 1),)
    name = unicodedata.name(chr(code)).removeprefix("QUADRANT ")
    return tuple(_quadrant(corner) for corner in name.split(" AND "))


def _quadrant(corner: str) -> Shape:
    left = 0.0 if corner.endswith("LEFT") else 0.5
    top = 0.0 if corner.startswith("UPPER") else 0.5
    return Shape(left, top, left + 0.5, top + 0.5)


def _sextant(bits: int) -> tuple[Shape, ...]:
    """Two columns of three rows."""
    places = [(number % 2 / 2, number // 2 / 3) for number in range(6) if bits >> number & 1]
    return tuple(Shape(left, top, left + 0.5, min(1.0, top + 1 / 3)) for left, top in places)


def _braille(bits: int, aspect: float) -> tuple[Shape, ...]:
    return tuple(
        _dot(0.25 + 0.5 * column, 0.125 + 0.25 * row, aspect)
        for bit, (column, row) in enumerate(_DOTS)
        if bits >> bit & 1
    )


def _dot(x: float, y: float, aspect: float) -> Shape:
    half = _DOT / 2
    return Shape(x - half, y - half / aspect, x + half, y + half / aspect)
