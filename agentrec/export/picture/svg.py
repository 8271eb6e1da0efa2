"""Screens as SVG: vector text that needs no font of ours, and shapes for lines and blocks.

An animation shows its pictures one after another by CSS, so it plays wherever SVG images do, also in a
README. Equal rows are drawn once and used again.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from agentrec.columns import cut
from agentrec.export.picture.cell_shapes import common
from agentrec.export.picture.options import LAST_SECONDS
from agentrec.export.picture.picture_colors import THEMES, hex_of, mixed
from agentrec.export.picture.svg_row import (
    CELL_HEIGHT,
    CELL_WIDTH,
    escaped,
    piece_parts,
    rect,
    row_parts,
)
from agentrec.terminal.engine.styles import UNSHOWABLE, Style
from agentrec.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_frames import PictureFrame
    from agentrec.terminal.engine.styles import Run

_PADDING, _BAR_HEIGHT = 14.0, 34.0
_FONTS = "ui-monospace,'JetBrains Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
_BUTTONS = ("#ff5f57", "#febc2e", "#28c840")
_CURSOR_ALPHA = 0.7
_CURSOR_LINE = 2.0
_CAPTION_HEIGHT = 30.0
_BUTTONS_WIDTH = 76.0
_MAX_LINE_CHARS = 500

FONT_SIZE = 14

Row = tuple["Run", ...]


class SvgPicture:
    """Makes the parts of one file; equal rows get one definition."""

    def __init__(self, options: PictureOptions, cols: int, rows: int, title: str) -> None:
        self._theme, self._options = THEMES[options.theme], options
        self._title = title
        self._width = cols * CELL_WIDTH + 2 * _PADDING
        self._top = _BAR_HEIGHT if options.window else _PADDING
        bottom = _CAPTION_HEIGHT if options.captions else _PADDING
        self._height = rows * CELL_HEIGHT + self._top + bottom
        self._names: dict[Row, str] = {}

    def still(self, frame: PictureFrame) -> Iterator[str]:
        """One picture."""
        yield from self._head("")
        yield f'<g transform="translate({_PADDING:g},{self._top:g})">'
        for y, row in enumerate(frame.rows):
            yield self._placed(y, "".join(row_parts(self._theme, row)))
        yield f"{self._cursor(frame)}{self._caption(frame)}</g></svg>\n"

    def animation(self, frames: Sequence[PictureFrame]) -> Iterator[str]:
        """All pictures, one after another, forever."""
        lengths = [*(frame.seconds for frame in frames[:-1]), LAST_SECONDS]
        total = sum(lengths)
        starts = [0.0, *itertools.accumulate(lengths)]
        yield from self._head(_keyframes(starts[:-1], total))
        definitions, shown = [], []
        for number, frame in enumerate(frames):
            uses = []
            for y, row in enumerate(frame.rows):
                name, definition = self._named(row)
                definitions += definition
                if name:
                    uses.append(f'<use href="#{name}" y="{y * CELL_HEIGHT:g}"/>')
            more = self._cursor(frame) + self._caption(frame)
            shown.append(f'<g class="f" style="animation-name:f{number}">{"".join(uses)}{more}</g>')
        yield f"<defs>{''.join(definitions)}</defs>"
        yield f'<g transform="translate({_PADDING:g},{self._top:g})">'
        yield from shown
        yield "</g></svg>\n"

    def _named(self, row: Row) -> tuple[str, list[str]]:
        """The name of a row's definition, and the definition if it is new; no name for an empty row."""
        if row in self._names:
            return self._names[row], []
        parts = "".join(row_parts(self._theme, row))
        name = self._names[row] = f"r{len(self._names)}" if parts else ""
        return name, [f'<g id="{name}">{parts}</g>'] if parts else []

    def _placed(self, y: int, parts: str) -> str:
        if not parts:
            return ""
        return f'<g transform="translate(0,{y * CELL_HEIGHT:g})">{parts}</g>'

    def _cursor(self, frame: PictureFrame) -> str:
        cursor = frame.cursor
        if cursor is None:
            return ""
        x, y, width = cursor.x * CELL_WIDTH, cursor.y * CELL_HEIGHT, cursor.width * CELL_WIDTH
        theme = self._theme
        color = hex_of(mixed(theme.text, theme.ground, _CURSOR_ALPHA))
        if cursor.shape == "bar":
            return rect(x, y, _CURSOR_LINE, CELL_HEIGHT, color)
        if cursor.shape == "underline":
            return rect(x, y + CELL_HEIGHT - _CURSOR_LINE, width, _CURSOR_LINE, color)
        style = Style(bold=cursor.bold)
        covered = piece_parts(
            common(cursor.text), cursor.x, cursor.width, hex_of(theme.ground), style, is_one=True
        )
        return (
            rect(x, y, width, CELL_HEIGHT, color)
            + f'<g transform="translate(0,{y:g})">{"".join(covered)}</g>'
        )

    def _caption(self, frame: PictureFrame) -> str:
        y = self._height - self._top - _CAPTION_HEIGHT / 2 + FONT_SIZE / 3
        x = self._width / 2 - _PADDING
        return self._line(frame.caption, x, y, _PADDING) if frame.caption else ""

    def _line(self, text: str, x: float, y: float, margin: float) -> str:
        """A line of text around ``x``, shortened so that it leaves a margin."""
        width = int((self._width - 2 * margin) / CELL_WIDTH)
        text = cut(shorten(UNSHOWABLE.sub("", text), _MAX_LINE_CHARS), width)
        color = hex_of(self._theme.title)
        return (
            f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="{color}">{escaped(text)}</text>'
        )

    def _head(self, style: str) -> Iterator[str]:
        theme, width, height = self._theme, self._width, self._height
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escaped(self._title)}">'
            f"<style>text{{font:{FONT_SIZE}px {_FONTS};white-space:pre}}"
            f".b{{font-weight:700}}.i{{font-style:italic}}rect{{shape-rendering:crispEdges}}"
            f".w{{shape-rendering:auto}}{style}</style>"
        )
        yield f'<rect class="w" width="100%" height="100%" rx="8" fill="{hex_of(theme.ground)}"/>'
        if self._options.window:
            yield from self._bar()

    def _bar(self) -> Iterator[str]:
        for number, color in enumerate(_BUTTONS):
            yield f'<circle cx="{20 + 20 * number}" cy="17" r="6" fill="{color}"/>'
        yield self._line(self._title, self._width / 2, 21, _BUTTONS_WIDTH)


def _keyframes(starts: Iterable[float], total: float) -> str:
    """Every picture is shown from its start to the next one's."""
    bounds = [*starts, total]
    rules = [f".f{{visibility:hidden;animation:{total:g}s step-end infinite}}"]
    for number, (start, stop) in enumerate(itertools.pairwise(bounds)):
        first, last = 100 * start / total, 100 * stop / total
        before = "0%{visibility:hidden}" if number else ""
        shown = f"{first:.4f}%{{visibility:visible}}{last:.4f}%{{visibility:hidden}}"
        rules.append(f"@keyframes f{number}{{{before}{shown}}}")
    return "".join(rules)
