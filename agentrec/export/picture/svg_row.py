"""Rows of cells as parts of an SVG picture: text, and shapes for lines and blocks."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

from agentrec.export.picture.cell_shapes import LIGHT, Curve, cell_shapes, common
from agentrec.export.picture.picture_colors import cell_colors, color_of, hex_of, letter_color
from agentrec.terminal.engine.styles import UNDERLINES, UNSHOWABLE, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.export.picture.cell_shapes import Shape
    from agentrec.export.picture.picture_colors import PictureTheme
    from agentrec.terminal.engine.styles import Run, Style

CELL_WIDTH, CELL_HEIGHT = 8.4, 18.0
BASELINE = 13.6  # below the top of a row
_ASPECT = CELL_HEIGHT / CELL_WIDTH
_THIN = 1.5


def row_parts(theme: PictureTheme, row: tuple[Run, ...]) -> Iterator[str]:
    """One row of cells: backgrounds first, then text and shapes."""
    x = 0
    texts: list[str] = []
    for run in row:
        text, ground = cell_colors(theme, run.style)
        if ground is not None:
            yield rect(x * CELL_WIDTH, 0, run.width * CELL_WIDTH, CELL_HEIGHT, hex_of(ground))
        letters = hex_of(letter_color(theme, run.style))
        texts += _run_parts(theme, run, x, hex_of(text), letters)
        x += run.width
    yield from texts


def _run_parts(theme: PictureTheme, run: Run, x: int, shapes: str, letters: str) -> Iterator[str]:
    if run.style.hidden:
        return
    if run.text.strip():
        at = float(x)
        for piece, cells, is_one in _pieces(run):
            is_shape = is_one and cell_shapes(piece, _ASPECT) is not None
            color = shapes if is_shape else letters
            yield from piece_parts(piece, at, cells, color, run.style, is_one=is_one)
            at += cells
    yield from _lines(run.style, x, run.width, letters)
    line = color_of(theme, run.style.underline_color)
    yield from _underline(run.style.underline, x, run.width, hex_of(line) if line else letters)


def _pieces(run: Run) -> Iterator[tuple[str, int, bool]]:
    """What is drawn at once, its cells, and whether it is one character: a cluster, a wide one, a shape."""
    if isinstance(run, Cluster):
        yield run.text, run.width, True
        return
    cells = run.width // max(1, len(run.text))
    for is_drawn, chars in itertools.groupby(
        common(run.text), lambda char: cell_shapes(char, _ASPECT) is not None
    ):
        piece = "".join(chars)
        is_one = is_drawn or cells > 1
        for part in piece if is_one else [piece]:
            yield part, cells * len(part), is_one


def piece_parts(
    text: str, x: float, width: int, color: str, style: Style, *, is_one: bool
) -> Iterator[str]:
    """Text, or one character as shapes, in ``width`` cells from column ``x`` on."""
    shapes = cell_shapes(text, _ASPECT)
    if shapes is not None:
        for shape in shapes:
            yield _curve(shape, x, color) if isinstance(shape, Curve) else _box(shape, x, color)
    elif bare := text.strip(" "):
        names = [name for name, is_set in (("b", style.bold), ("i", style.italic)) if is_set]
        kind = f' class="{" ".join(names)}"' if names else ""
        shown = f'fill="{color}"{kind}>{escaped(bare)}</text>'
        yield _placed(text, bare, x, width, is_one=is_one) + shown


def _placed(text: str, bare: str, x: float, width: int, *, is_one: bool) -> str:
    if is_one:  # fonts draw it as wide as they like: in the middle, and not stretched
        return (
            f'<text x="{(x + width / 2) * CELL_WIDTH:.5g}" y="{BASELINE:g}" text-anchor="middle" '
        )
    x += len(text) - len(text.lstrip(" "))
    length = f'textLength="{len(bare) * CELL_WIDTH:.5g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x * CELL_WIDTH:.5g}" y="{BASELINE:g}" {length} '


def _box(shape: Shape, x: float, color: str) -> str:
    left, top = (x + shape.left) * CELL_WIDTH, shape.top * CELL_HEIGHT
    size = (shape.right - shape.left) * CELL_WIDTH, (shape.bottom - shape.top) * CELL_HEIGHT
    return rect(left, top, *size, color, shape.alpha)


def _lines(style: Style, x: int, width: int, color: str) -> Iterator[str]:
    for is_set, top in ((style.strike, CELL_HEIGHT / 2), (style.overline, 0.5)):
        if is_set:
            yield rect(x * CELL_WIDTH, top, width * CELL_WIDTH, 1, color)


def _underline(kind: int, x: int, width: int, color: str) -> Iterator[str]:
    """One of the kinds that UNDERLINES names."""
    left, length, y = x * CELL_WIDTH, width * CELL_WIDTH, CELL_HEIGHT - 1.5
    name = UNDERLINES[kind] if 0 <= kind < len(UNDERLINES) else "single"
    if name in ("single", "double"):
        for top in (y - 2.5, y - 0.5) if name == "double" else (y - 0.5,):
            yield rect(left, top, length, 1, color)
    elif name == "curly":
        wave = CELL_WIDTH / 4
        turns = f"t{2 * wave:g},0" * (2 * width - 1)
        yield _stroke(f"M{left:.5g},{y - 1:g}q{wave:g},-3,{2 * wave:g},0{turns}", color)
    elif name in ("dotted", "dashed"):
        dashes = "1 2" if name == "dotted" else "5 3"
        yield _stroke(f"M{left:.5g},{y:g}h{length:.5g}", color, f' stroke-dasharray="{dashes}"')


def _stroke(path: str, color: str, more: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="{color}"{more}/>'


def _curve(curve: Curve, x: float, color: str) -> str:
    """A quarter of a circle, between the middles of the sides of its cell."""
    radius = CELL_WIDTH / 2
    up = -1 if curve.y > 0.5 else 1
    left, middle = (x + curve.x) * CELL_WIDTH, (x + 0.5) * CELL_WIDTH
    turn = int((curve.x > 0.5) != (curve.y > 0.5))
    start = f"M{left:.5g},{CELL_HEIGHT / 2:g}"
    end = f"{middle:.5g},{CELL_HEIGHT / 2 - up * radius:g}"
    width = f' stroke-width="{LIGHT * CELL_WIDTH:g}"'
    return _stroke(f"{start}A{radius:g},{radius:g},0,0,{turn},{end}", color, width)


def rect(x: float, y: float, width: float, height: float, color: str, alpha: float = 1.0) -> str:
    """Large ones have crisp edges, so that neighbors meet; thin ones would vanish by that."""
    more = ' class="w"' if min(width, height) < _THIN else ""
    more += f' opacity="{alpha:g}"' if alpha < 1 else ""
    return f'<rect x="{x:.5g}" y="{y:.5g}" width="{width:.5g}" height="{height:.5g}" fill="{color}"{more}/>'


def escaped(text: str) -> str:
    """Text that is nothing but text."""
    return (
        html.escape(UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text))
        .encode("utf-8", "replace")
        .decode()
    )
