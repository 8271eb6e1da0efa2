"""Screens as pixels, drawn with Pillow. Equal rows are drawn once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.columns import columns, cut
from agentrec.errors import AgentrecError
from agentrec.export.picture.cell_shapes import common
from agentrec.export.picture.picture_colors import (
    THEMES,
    cell_colors,
    color_of,
    letter_color,
    mixed,
)
from agentrec.terminal.engine.styles import UNSHOWABLE, Cluster
from agentrec.text import shorten

try:
    from PIL import Image, ImageDraw
except ImportError:
    raise AgentrecError(
        "PNG, GIF and video files need Pillow", "install Pillow beside agentrec, or write .svg"
    ) from None

from agentrec.export.picture.glyphs import CELL, glyph, is_shape, lines, underline  # these need it

if TYPE_CHECKING:
    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_colors import PictureTheme, Rgb
    from agentrec.export.picture.picture_frames import PictureCursor, PictureFrame
    from agentrec.terminal.engine.styles import Run

_PADDING, _BAR_HEIGHT = 16, 38
_BUTTONS_WIDTH = 84
_BUTTONS = ((255, 95, 87), (254, 188, 46), (40, 200, 64))
_MAX_ROWS_KEPT = 4000
_CURSOR_ALPHA = 0.7
_CURSOR_LINE = 2  # pixels of a bar or an underline
_CAPTION_HEIGHT = 32
_MAX_LINE_CHARS = 500
MAX_PIXELS = 64_000_000


class Raster:
    """Draws the frames of one picture: a window of ``cols`` x ``rows`` cells. Raises AgentrecError."""

    def __init__(self, options: PictureOptions, cols: int, rows: int, title: str) -> None:
        self._theme, self._options = THEMES[options.theme], options
        top = _BAR_HEIGHT if options.window else _PADDING
        self._origin = _PADDING, top
        bottom = _CAPTION_HEIGHT if options.captions else _PADDING
        self.size = cols * CELL[0] + 2 * _PADDING, rows * CELL[1] + top + bottom
        if self.size[0] * self.size[1] > MAX_PIXELS:
            raise AgentrecError(
                f"a picture of {cols} x {rows} cells is too large", "write .svg instead"
            )
        self._rows: dict[tuple[Run, ...], Image.Image] = {}
        self._palette: Image.Image | None = None
        self._empty = self._window(title)

    def image(self, frame: PictureFrame) -> Image.Image:
        """One picture."""
        picture = self._empty.copy()
        left, top = self._origin
        for y, row in enumerate(frame.rows):
            picture.paste(self._row(row, frame.cols), (left, top + y * CELL[1]))
        if frame.cursor:
            self._draw_cursor(picture, frame.cursor)
        if frame.caption:
            picture.paste(self._caption(frame.caption), (0, self.size[1] - _CAPTION_HEIGHT))
        return picture

    def use_palette(self, palette: Image.Image) -> None:
        """From now on, pictures have the colors of this one."""
        self._palette = palette
        self._rows.clear()
        self._empty = self._fitted(self._empty)

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
            self._write(picture, title, 19, _BUTTONS_WIDTH)
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
            _draw_run(picture, self._theme, run, x, text)
            x += run.width
        return picture

    def _caption(self, text: str) -> Image.Image:
        picture = Image.new("RGB", (self.size[0], _CAPTION_HEIGHT), self._theme.ground)
        self._write(picture, text, _CAPTION_HEIGHT // 2, _PADDING)
        return self._fitted(picture)

    def _write(self, picture: Image.Image, text: str, y: int, margin: int) -> None:
        """A line of text in the middle, shortened so that it leaves a margin."""
        text = cut(
            shorten(UNSHOWABLE.sub("", text), _MAX_LINE_CHARS),
            (self.size[0] - 2 * margin) // CELL[0],
        )
        left = (self.size[0] - columns(text) * CELL[0]) // 2
        for char in common(text):
            width = columns(char)
            if width and not char.isspace():
                mask = glyph(char, width, bold=False, italic=False)
                _put(picture, mask, (left, y - CELL[1] // 2), self._theme.title)
            left += width * CELL[0]

    def _draw_cursor(self, picture: Image.Image, cursor: PictureCursor) -> None:
        left, top = self._origin[0] + cursor.x * CELL[0], self._origin[1] + cursor.y * CELL[1]
        width = cursor.width * CELL[0]
        color = mixed(self._theme.text, self._theme.ground, _CURSOR_ALPHA)
        if cursor.shape == "bar":
            drawn = Image.new("RGB", (_CURSOR_LINE, CELL[1]), color)
        elif cursor.shape == "underline":
            drawn = Image.new("RGB", (width, _CURSOR_LINE), color)
            top += CELL[1] - _CURSOR_LINE
        else:
            drawn = Image.new("RGB", (width, CELL[1]), color)
            if not cursor.text.isspace():
                mask = glyph(common(cursor.text), cursor.width, bold=cursor.bold, italic=False)
                _put(drawn, mask, (0, 0), self._theme.ground)
        picture.paste(self._fitted(drawn), (left, top))


def _box(x: int, width: int) -> tuple[int, int, int, int]:
    return x * CELL[0], 0, (x + width) * CELL[0], CELL[1]


def _draw_run(picture: Image.Image, theme: PictureTheme, run: Run, x: int, shapes: Rgb) -> None:
    style, color = run.style, letter_color(theme, run.style)
    chars = [run.text] if isinstance(run, Cluster) else list(common(run.text))
    width = run.width // max(1, len(chars))
    for number, char in enumerate(chars):
        if not (char.isspace() or style.hidden):
            mask = glyph(char, width, bold=style.bold, italic=style.italic)
            ink = shapes if is_shape(char) else color
            _put(picture, mask, ((x + number * width) * CELL[0], 0), ink)
    if style.hidden:
        return
    line_color = color_of(theme, style.underline_color) or color
    _draw_line(picture, lines(style), x, run.width, color)
    _draw_line(picture, underline(style.underline), x, run.width, line_color)


def _draw_line(
    picture: Image.Image, mask: Image.Image | None, x: int, width: int, color: Rgb
) -> None:
    """Draw ``mask`` in each of some cells."""
    if mask is not None:
        for cell in range(x, x + width):
            picture.paste(color, (cell * CELL[0], 0), mask)


def _put(picture: Image.Image, mask: Image.Image, place: tuple[int, int], color: Rgb) -> None:
    """Draw a character; one with colors of its own keeps them."""
    if mask.mode == "L":
        picture.paste(color, place, mask)
    else:
        picture.paste(mask, place, mask)
