"""Characters as masks of pixels, each drawn once."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from agentrec.export.picture.cell_shapes import LIGHT, Curve, Shape, cell_shapes
from agentrec.export.picture.picture_fonts import emoji_font, font_for, has, own_font
from agentrec.terminal.engine.styles import UNSHOWABLE

if TYPE_CHECKING:
    from agentrec.terminal.engine.styles import Style

CELL = (10, 20)  # pixels
_ASPECT = CELL[1] / CELL[0]
_BASELINE = CELL[1] - 5
_SLANT = 0.2
_MAX_MASKS = 10_000
_SMOOTH = 8  # curves are drawn so many times as large
_BLANK = "." * CELL[0]
_FULL = "#" * CELL[0]
# By the number of an underline, the pixels of a cell from this row on.
_UNDERLINE_TOP = 16
_UNDERLINES = (
    (),
    (_BLANK, _BLANK, _FULL),
    (_BLANK, _FULL, _BLANK, _FULL),
    ("###.....##", "...#...#..", "....###..."),
    (_BLANK, _BLANK, "#.#.#.#.#."),
    (_BLANK, _BLANK, "######...."),
)


@lru_cache(_MAX_MASKS)
def glyph(char: str, width: int, *, bold: bool, italic: bool) -> Image.Image:
    """Where a character covers its cells, ``width`` of them; an emoji is RGBA, with colors of its own."""
    shapes = cell_shapes(char, _ASPECT)
    if shapes is not None:
        return _shaped(shapes, width)
    return _emoji(char, width) or _drawn(char, width, bold=bold, italic=italic)


def is_shape(char: str) -> bool:
    """Whether a character is drawn as shapes: boxes, blocks, Braille."""
    return cell_shapes(char, _ASPECT) is not None


@lru_cache
def lines(style: Style) -> Image.Image | None:
    """Where strike and overline cover a cell."""
    if not (style.strike or style.overline):
        return None
    mask = Image.new("L", CELL)
    for is_set, y in ((style.strike, CELL[1] // 2), (style.overline, 0)):
        if is_set:
            mask.paste(255, (0, y, CELL[0], y + 1))
    return mask


@lru_cache
def underline(kind: int) -> Image.Image | None:
    """Where the underline of a style covers a cell."""
    if not 0 < kind < len(_UNDERLINES):
        return None
    mask = Image.new("L", CELL)
    for y, row in enumerate(_UNDERLINES[kind], _UNDERLINE_TOP):
        for x, pixel in enumerate(row):
            mask.putpixel((x, y), 255 * (pixel == "#"))
    return mask


def _shaped(shapes: tuple[Shape | Curve, ...], width: int) -> Image.Image:
    mask = Image.new("L", (width * CELL[0], CELL[1]))
    draw = ImageDraw.Draw(mask)
    for shape in shapes:
        if isinstance(shape, Curve):
            mask.paste(255, (0, 0), _curved(shape))
            continue
        left, top = _pixel(shape.left * CELL[0]), _pixel(shape.top * CELL[1])
        right = max(_pixel(shape.right * CELL[0]) - 1, left)
        bottom = max(_pixel(shape.bottom * CELL[1]) - 1, top)
        draw.rectangle((left, top, right, bottom), fill=round(255 * shape.alpha))
    return mask


def _curved(curve: Curve) -> Image.Image:
    """A quarter of a circle, where it meets lines of one pixel."""
    size = CELL[0] * _SMOOTH, CELL[1] * _SMOOTH
    large = Image.new("L", size)
    draw = ImageDraw.Draw(large)
    x, y = curve.x * CELL[0] + 0.5, curve.y * CELL[1] + 0.5
    weight = max(1.0, LIGHT * CELL[0])
    for radius, fill in ((CELL[0] / 2 + weight / 2, 255), (CELL[0] / 2 - weight / 2, 0)):
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse([round(place * _SMOOTH) for place in box], fill=fill)
    clear = (0, y, CELL[0], CELL[1]) if curve.y > 0.5 else (0, 0, CELL[0], y)
    draw.rectangle([round(place * _SMOOTH) for place in clear], fill=0)
    return large.resize(CELL, Image.Resampling.BOX)


def _pixel(place: float) -> int:
    """Always half up, so that lines of one weight are equally thick everywhere."""
    return math.floor(place + 0.5)


def _drawn(char: str, width: int, *, bold: bool, italic: bool) -> Image.Image:
    mask = Image.new("L", (width * CELL[0], CELL[1]))
    char = UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", char)
    font = font_for(char[:1], bold=bold)
    # Those of other fonts are in the middle of their cells.
    is_own = width == 1 and font is own_font(bold=bold)
    left = 0 if is_own else round((mask.width - font.getlength(char)) / 2)
    ImageDraw.Draw(mask).text((left, _BASELINE), char, 255, font, anchor="ls")
    if italic:
        slanted = (1, _SLANT, -_SLANT * (_BASELINE - 5), 0, 1, 0)
        mask = mask.transform(mask.size, Image.Transform.AFFINE, slanted, Image.Resampling.BICUBIC)
    return mask


def _emoji(char: str, width: int) -> Image.Image | None:
    """The colored picture of what takes two cells; None if no font has it."""
    found = emoji_font() if width == 2 else None
    if found is None or not has(found.font, char):
        return None
    box = found.font.getbbox(char)
    size = max(1, round(box[2])), max(1, round(box[3] - min(0, box[1])))
    large = Image.new("RGBA", size)
    ImageDraw.Draw(large).text((0, -min(0, box[1])), char, font=found.font, embedded_color=True)
    large = large.crop(large.getbbox())
    limit = width * CELL[0] - 1
    large.thumbnail((limit, limit), Image.Resampling.LANCZOS)
    picture = Image.new("RGBA", (width * CELL[0], CELL[1]))
    picture.paste(large, ((picture.width - large.width) // 2, (picture.height - large.height) // 2))
    return picture
