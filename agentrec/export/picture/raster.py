"""Screens as pixels, drawn with Pillow. Equal rows are drawn once."""

from __future__ import annotations

import io
import math
import os
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.export.picture.cell_shapes import cell_shapes, common
from agentrec.export.picture.picture_colors import THEMES, cell_colors, mixed
from agentrec.terminal.engine.styles import UNSHOWABLE, Cluster

try:
    from PIL import Image, ImageDraw, ImageFont
except ImportError:
    raise AgentrecError(
        "PNG, GIF and video files need Pillow", "install Pillow beside agentrec, or write .svg"
    ) from None

if TYPE_CHECKING:
    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_frames import PictureFrame
    from agentrec.terminal.engine.styles import Run, Style

CELL = (10, 20)  # pixels
FONT_PIXELS = 16
_PADDING, _BAR_HEIGHT = 16, 38
_BUTTONS = ((255, 95, 87), (254, 188, 46), (40, 200, 64))
_MAX_ROWS_KEPT, _MAX_MASKS = 4000, 10_000
_CURSOR_ALPHA = 0.7
MAX_PIXELS = 64_000_000
# What our font lacks: signs of East Asia, and emoji. The first that is there is used.
_MORE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
)
_ASPECT = CELL[1] / CELL[0]


class Raster:
    """Draws the frames of one picture: a window of ``cols`` x ``rows`` cells. Raises AgentrecError."""

    def __init__(self, options: PictureOptions, cols: int, rows: int, title: str) -> None:
        self._theme, self._options = THEMES[options.theme], options
        top = _BAR_HEIGHT if options.window else _PADDING
        self._origin = _PADDING, top
        self.size = cols * CELL[0] + 2 * _PADDING, rows * CELL[1] + top + _PADDING
        if self.size[0] * self.size[1] > MAX_PIXELS:
            raise AgentrecError(
                f"a picture of {cols} x {rows} cells is too large", "write .svg instead"
            )
        self._rows: dict[tuple[Run, ...], Image.Image] = {}
        self._palette: Image.Image | None = None
        self._empty = self._window(title)
        self._cursor = Image.new(
            "RGB", CELL, mixed(self._theme.text, self._theme.ground, _CURSOR_ALPHA)
        )

    def image(self, frame: PictureFrame) -> Image.Image:
        """One picture."""
        picture = self._empty.copy()
        left, top = self._origin
        for y, row in enumerate(frame.rows):
            picture.paste(self._row(row, frame.cols), (left, top + y * CELL[1]))
        if frame.cursor:
            self._draw_cursor(picture, *frame.cursor)
        return picture

    def use_palette(self, palette: Image.Image) -> None:
        """From now on, pictures have the colors of this one."""
        self._palette = palette
        self._rows.clear()
        self._empty = self._fitted(self._empty)
        text, ground = self._theme.text, self._theme.ground
        self._cursor = self._fitted(Image.new("RGB", CELL, mixed(text, ground, _CURSOR_ALPHA)))

    def _fitted(self, picture: Image.Image) -> Image.Image:
        if self._palette is None:
            return picture
        return picture.quantize(palette=self._palette, dither=Image.Dither.NONE)

    def _window(self, title: str) -> Image.Image:
        picture = Image.new("RGB", self.size, self._theme.ground)
        if self._options.window:
            draw = ImageDraw.Draw(picture)
            for number, color in enumerate(_BUTTONS):
                x = 22 + 22 * number
                draw.ellipse((x - 7, 12, x + 7, 26), fill=color)
            font, text = (
                _font(bold=False),
                UNSHOWABLE.sub("", title)[: self.size[0] // CELL[0] - 20],
            )
            draw.text((self.size[0] / 2, 19), text, self._theme.title, font, anchor="mm")
        return picture

    def _row(self, row: tuple[Run, ...], cols: int) -> Image.Image:
        found = self._rows.get(row)
        if found is None:
            if len(self._rows) >= _MAX_ROWS_KEPT:
                self._rows.clear()
            found = self._rows[row] = self._fitted(self._drawn(row, cols))
        return found

    def _drawn(self, row: tuple[Run, ...], cols: int) -> Image.Image:
        picture = Image.new("RGB", (cols * CELL[0], CELL[1]), self._theme.ground)
        x = 0
        for run in row:
            text, ground = cell_colors(self._theme, run.style)
            if ground is not None:
                picture.paste(ground, _box(x, run.width))
            _draw_run(picture, run, x, text)
            x += run.width
        return picture

    def _draw_cursor(self, picture: Image.Image, x: int, y: int) -> None:
        picture.paste(self._cursor, (self._origin[0] + x * CELL[0], self._origin[1] + y * CELL[1]))


def _box(x: int, width: int) -> tuple[int, int, int, int]:
    return x * CELL[0], 0, (x + width) * CELL[0], CELL[1]


def _draw_run(picture: Image.Image, run: Run, x: int, color: tuple[int, int, int]) -> None:
    chars = [run.text] if isinstance(run, Cluster) else list(common(run.text))
    width = run.width // max(1, len(chars))
    for number, char in enumerate(chars):
        if not char.isspace():
            mask = _mask(char, width, bold=run.style.bold)
            picture.paste(color, ((x + number * width) * CELL[0], 0), mask)
    _draw_lines(picture, run.style, x, run.width, color)


@lru_cache(_MAX_MASKS)
def _mask(char: str, width: int, *, bold: bool) -> Image.Image:
    """Where a character covers its cells, ``width`` of them."""
    mask = Image.new("L", (width * CELL[0], CELL[1]))
    shapes = cell_shapes(char, _ASPECT)
    if shapes is None:
        _draw_char(mask, char, width, bold=bold)
        return mask
    draw = ImageDraw.Draw(mask)
    for shape in shapes:
        left, top = _pixel(shape.left * CELL[0]), _pixel(shape.top * CELL[1])
        right = max(_pixel(shape.right * CELL[0]) - 1, left)
        bottom = max(_pixel(shape.bottom * CELL[1]) - 1, top)
        draw.rectangle((left, top, right, bottom), fill=round(255 * shape.alpha))
    return mask


def _pixel(place: float) -> int:
    """Always half up, so that lines of one weight are equally thick everywhere."""
    return math.floor(place + 0.5)


def _draw_char(mask: Image.Image, char: str, width: int, *, bold: bool) -> None:
    char = UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", char)
    font = _font(bold=bold)
    if not _has(char):
        font = _fallback() or font
    # Wide ones are in the middle of their cells.
    left = round((mask.width - font.getlength(char)) / 2) if width > 1 else 0
    ImageDraw.Draw(mask).text((left, CELL[1] - 5), char, 255, font, anchor="ls")


def _draw_lines(
    picture: Image.Image, style: Style, x: int, width: int, color: tuple[int, int, int]
) -> None:
    places = ((style.underline, CELL[1] - 2), (style.strike, CELL[1] // 2), (style.overline, 0))
    for is_set, y in places:
        if is_set:
            picture.paste(color, (x * CELL[0], y, (x + width) * CELL[0], y + 1))


@cache
def _font(*, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    font = (files("agentrec.export.picture") / "fonts" / name).read_bytes()
    return ImageFont.truetype(io.BytesIO(font), FONT_PIXELS)


@cache
def _fallback() -> ImageFont.FreeTypeFont | None:
    path = next((path for path in _MORE_FONTS if os.path.exists(path)), None)
    return ImageFont.truetype(path, FONT_PIXELS) if path else None


@cache
def _has(char: str) -> bool:
    """Whether our font has the character: what it lacks looks like a code point that is never used."""
    font = _font(bold=False)
    return bytes(font.getmask(char[:1])) != bytes(font.getmask("\U0010fffe"))
