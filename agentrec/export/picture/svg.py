"""Screens as SVG: vector text that needs no font of ours, and shapes for lines and blocks.

An animation shows its pictures one after another by CSS, so it plays wherever SVG images do, also in a
README. Equal rows are drawn once and used again.
"""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

from agentrec.export.picture.cell_shapes import cell_shapes, common
from agentrec.export.picture.options import LAST_SECONDS
from agentrec.export.picture.picture_colors import THEMES, cell_colors, hex_of
from agentrec.terminal.engine.styles import UNSHOWABLE, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_colors import PictureTheme
    from agentrec.export.picture.picture_frames import PictureFrame
    from agentrec.terminal.engine.styles import Run, Style

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18.0, 14
_BASELINE = 13.6  # below the top of a row
_PADDING, _BAR_HEIGHT = 14.0, 34.0
_FONTS = "ui-monospace,'JetBrains Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace"
_BUTTONS = ("#ff5f57", "#febc2e", "#28c840")
_ASPECT = CELL_HEIGHT / CELL_WIDTH
_CURSOR_ALPHA = 0.6

Row = tuple["Run", ...]


class SvgPicture:
    """Makes the parts of one file; equal rows get one definition."""

    def __init__(self, options: PictureOptions, cols: int, rows: int, title: str) -> None:
        self._theme, self._options = THEMES[options.theme], options
        self._title = title
        self._width = cols * CELL_WIDTH + 2 * _PADDING
        self._top = _BAR_HEIGHT if options.window else _PADDING
        self._height = rows * CELL_HEIGHT + self._top + _PADDING
        self._names: dict[Row, str] = {}

    def still(self, frame: PictureFrame) -> Iterator[str]:
        """One picture."""
        yield from self._head("")
        for y, row in enumerate(frame.rows):
            yield self._placed(y, "".join(_row_parts(self._theme, row)))
        yield self._cursor(frame)
        yield "</svg>\n"

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
            shown.append(
                f'<g class="f" style="animation-name:f{number}">{"".join(uses)}{self._cursor(frame)}</g>'
            )
        yield f"<defs>{''.join(definitions)}</defs>"
        yield f'<g transform="translate({_PADDING:g},{self._top:g})">'
        yield from shown
        yield "</g></svg>\n"

    def _named(self, row: Row) -> tuple[str, list[str]]:
        """The name of a row's definition, and the definition if it is new; no name for an empty row."""
        if row in self._names:
            return self._names[row], []
        parts = "".join(_row_parts(self._theme, row))
        name = self._names[row] = f"r{len(self._names)}" if parts else ""
        return name, [f'<g id="{name}">{parts}</g>'] if parts else []

    def _placed(self, y: int, parts: str) -> str:
        if not parts:
            return ""
        return f'<g transform="translate({_PADDING:g},{self._top + y * CELL_HEIGHT:g})">{parts}</g>'

    def _cursor(self, frame: PictureFrame) -> str:
        if frame.cursor is None:
            return ""
        x, y = frame.cursor[0] * CELL_WIDTH, frame.cursor[1] * CELL_HEIGHT
        if not self._names:  # a still picture, whose rows are placed one by one
            x, y = x + _PADDING, y + self._top
        color = hex_of(self._theme.text)
        return _rect(x, y, CELL_WIDTH, CELL_HEIGHT, color, _CURSOR_ALPHA)

    def _head(self, style: str) -> Iterator[str]:
        theme, width, height = self._theme, self._width, self._height
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{_escaped(self._title)}">'
            f"<style>text{{font:{FONT_SIZE}px {_FONTS};white-space:pre}}"
            f".b{{font-weight:700}}.i{{font-style:italic}}{style}</style>"
        )
        yield f'<rect width="100%" height="100%" rx="8" fill="{hex_of(theme.ground)}"/>'
        if self._options.window:
            yield from self._bar()

    def _bar(self) -> Iterator[str]:
        for number, color in enumerate(_BUTTONS):
            yield f'<circle cx="{20 + 20 * number}" cy="17" r="6" fill="{color}"/>'
        yield (
            f'<text x="{self._width / 2:g}" y="21" text-anchor="middle" '
            f'fill="{hex_of(self._theme.title)}">{_escaped(self._title)}</text>'
        )


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


def _row_parts(theme: PictureTheme, row: Row) -> Iterator[str]:
    """Backgrounds first, then text and shapes."""
    x = 0
    texts: list[str] = []
    for run in row:
        text, ground = cell_colors(theme, run.style)
        if ground is not None:
            yield _rect(x * CELL_WIDTH, 0, run.width * CELL_WIDTH, CELL_HEIGHT, hex_of(ground))
        texts += _run_parts(run, x, hex_of(text))
        x += run.width
    yield from texts


def _run_parts(run: Run, x: int, color: str) -> Iterator[str]:
    if run.text.strip():
        pieces = [run.text] if isinstance(run, Cluster) else _pieces(common(run.text))
        cell = run.width / max(1, len(run.text)) if not isinstance(run, Cluster) else run.width
        at = float(x)
        for piece in pieces:
            count = 1 if isinstance(run, Cluster) else len(piece)
            yield from _piece(piece, at, count * cell, color, run.style)
            at += count * cell
    yield from _lines(run.style, x, run.width, color)


def _pieces(text: str) -> Iterator[str]:
    """Text that a font draws in one piece; what is drawn as shapes, and wide blanks, in pieces of one."""
    for is_drawn, chars in itertools.groupby(
        text, lambda char: cell_shapes(char, _ASPECT) is not None
    ):
        piece = "".join(chars)
        yield from piece if is_drawn else [piece]


def _piece(text: str, x: float, width: float, color: str, style: Style) -> Iterator[str]:
    shapes = cell_shapes(text, _ASPECT)
    if shapes is not None:
        for shape in shapes:
            left, top = (x + shape.left) * CELL_WIDTH, shape.top * CELL_HEIGHT
            size = (shape.right - shape.left) * CELL_WIDTH, (shape.bottom - shape.top) * CELL_HEIGHT
            yield _rect(left, top, *size, color, shape.alpha)
        return
    bare = text.strip(" ")
    if not bare:
        return
    x += (len(text) - len(text.lstrip(" "))) * width / len(text)
    width *= len(bare) / len(text)
    names = " ".join(name for name, is_set in (("b", style.bold), ("i", style.italic)) if is_set)
    kind = f' class="{names}"' if names else ""
    yield (
        f'<text x="{x * CELL_WIDTH:.4g}" y="{_BASELINE:g}" textLength="{width * CELL_WIDTH:.4g}"'
        f' lengthAdjust="spacingAndGlyphs" fill="{color}"{kind}>{_escaped(bare)}</text>'
    )


def _lines(style: Style, x: int, width: int, color: str) -> Iterator[str]:
    tops = (
        (style.underline, CELL_HEIGHT - 2),
        (style.strike, CELL_HEIGHT / 2),
        (style.overline, 0.5),
    )
    for is_set, top in tops:
        if is_set:
            yield _rect(x * CELL_WIDTH, top, width * CELL_WIDTH, 1, color)


def _rect(x: float, y: float, width: float, height: float, color: str, alpha: float = 1.0) -> str:
    more = f' opacity="{alpha:g}"' if alpha < 1 else ""
    return f'<rect x="{x:.5g}" y="{y:.5g}" width="{width:.5g}" height="{height:.5g}" fill="{color}"{more}/>'


def _escaped(text: str) -> str:
    return (
        html.escape(UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text))
        .encode("utf-8", "replace")
        .decode()
    )
