"""A row of the engine's raw cells, as text and as styled runs.

A cell is a 64-bit word (the layout is the library's own, checked against its description by a test):

======  ======================================================================================
bits    field
======  ======================================================================================
0-1     what the content is: 0 code point, 1 first code point of several, 2 palette background,
        3 RGB background
2-25    the content
26-41   style id, valid within this row only
42-43   0 narrow, 1 wide, 2 second half of a wide character, 3 blank before a wide one that wrapped
45      has a hyperlink
======  ======================================================================================

Whole rows are handled as one big integer where possible: shifting and masking 120 cells at once
makes reading a screen cheap.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar

from agentrec.terminal.engine.styles import PLAIN, Cluster, Run, Style

if TYPE_CHECKING:
    from agentrec.terminal.engine._cell_view import CellView

_SEVERAL_CODE_POINTS, _BACKGROUND = 1, 2  # bits of the content's tag
_CONTENT = 0x3FFFFFF  # tag and content
_CODE_POINT = 0x1FFFFF
_STYLE_ID = 0xFFFF << 26
_WIDE = 3 << 42
_TAIL = 2
_LINK = 1 << 45

_K = TypeVar("_K")
_V = TypeVar("_V")
_MAX_ROWS = 4096  # to remember; some 10 MB
_UNIQUE = (-1,)
# By the cells of a row, and these with the styles that its style ids stand for.
_STYLED_CELLS: dict[bytes, tuple[int, ...]] = {}
_RUNS: dict[tuple[bytes, tuple[Style, ...]], list[Run]] = {}


@cache
def _lanes(word: int, cols: int) -> int:
    """``word`` repeated in every cell of a row."""
    return int.from_bytes(word.to_bytes(8, "little") * cols, "little")


def text(view: CellView, raw: bytes) -> str:
    """The current row's text, blanks at the end included; wide characters take two cells."""
    return "".join(_characters(view, raw))


def runs(view: CellView, raw: bytes) -> list[Run]:
    """The current row as runs that cover all its cells: the same list for an equal row, as programs
    paint and scroll the same text again and again. It must not be changed.
    """
    cells = _STYLED_CELLS.get(raw)
    if cells is None:
        cells = _styled_cells(raw)
        _remember(_STYLED_CELLS, raw, cells)
    if cells is _UNIQUE:
        return _runs(view, raw)
    key = raw, tuple(map(view.style, cells))
    known = _RUNS.get(key)
    if known is None:
        known = _runs(view, raw)
        _remember(_RUNS, key, known)
    return known


def _styled_cells(raw: bytes) -> tuple[int, ...]:
    """For each style of a row, a cell that has it; _UNIQUE if a cell refers to something else as well."""
    whole = int.from_bytes(raw, "little")
    if whole & _lanes(_SEVERAL_CODE_POINTS | _LINK, len(raw) // 8):
        return _UNIQUE
    numbers = [key & _STYLE_ID for key in _style_keys(raw, whole) or ()]
    cells = {number: x for x, number in enumerate(numbers) if number}
    return tuple(cells.values())


def _remember(cache_: dict[_K, _V], key: _K, value: _V) -> None:
    if len(cache_) >= _MAX_ROWS:
        cache_.clear()
    cache_[key] = value


def _runs(view: CellView, raw: bytes) -> list[Run]:
    cols = len(raw) // 8
    characters = _characters(view, raw)
    whole = int.from_bytes(raw, "little")
    keys = _style_keys(raw, whole)
    if keys is None:
        return _uniform(characters, 0, cols, PLAIN)
    result: list[Run] = []
    start, key, before = 0, keys[0], 0
    styles: dict[int, Style] = {0: PLAIN}
    for x, other in enumerate([*keys, -1]):
        if other == key:
            continue
        style = _resolve(view, start, key, styles)
        if key & _LINK:
            result.extend(_linked(view, characters, start, x, style))
        else:
            pieces = _uniform(characters, start, x, style)
            # A blank may carry its background in itself and look just like its neighbor.
            if (key | before) & _BACKGROUND:
                _add(result, pieces.pop(0))
            result.extend(pieces)
        start, key, before = x, other, key
    return result


def _characters(view: CellView, raw: bytes) -> str | list[str]:
    """One string for each cell: a blank is a space, the second half of a wide character empty."""
    cols = len(raw) // 8
    whole = int.from_bytes(raw, "little")
    if whole & _lanes(_SEVERAL_CODE_POINTS | _BACKGROUND | _WIDE, cols):
        words = memoryview(raw).cast("Q").tolist()
        return [_character(view, x, word) for x, word in enumerate(words)]
    code_points = (whole >> 2 & _lanes(_CODE_POINT, cols)).to_bytes(len(raw), "little")
    utf32 = memoryview(code_points).cast("I")[::2].tobytes()
    return utf32.decode("utf-32-le", "replace").replace("\0", " ")


def _character(view: CellView, x: int, word: int) -> str:
    if word >> 42 & 3 == _TAIL:
        return ""
    if word & _BACKGROUND:
        return " "
    if word & _SEVERAL_CODE_POINTS:
        return view.grapheme(x)
    return chr(word >> 2 & _CODE_POINT or 32)


def _style_keys(raw: bytes, whole: int) -> list[int] | None:
    """A number for each cell, different where the style is; None when the whole row is plain."""
    cols = len(raw) // 8
    if whole & _lanes(_BACKGROUND, cols):
        words = memoryview(raw).cast("Q").tolist()
        mask = _STYLE_ID | _LINK
        return [w & mask | (w & _CONTENT if w & _BACKGROUND else 0) for w in words]
    keys = whole & _lanes(_STYLE_ID | _LINK, cols)
    return memoryview(keys.to_bytes(len(raw), "little")).cast("Q").tolist() if keys else None


def _resolve(view: CellView, x: int, key: int, styles: dict[int, Style]) -> Style:
    number = key & _STYLE_ID
    style = styles.get(number)
    if style is None:
        style = styles[number] = view.style(x)
    return _on_background(style, key & _CONTENT) if key & _BACKGROUND else style


@lru_cache(4096)
def _on_background(style: Style, content: int) -> Style:
    value = content >> 2
    if content & _SEVERAL_CODE_POINTS:
        return replace(style, bg=(value & 255, value >> 8 & 255, value >> 16 & 255))
    return replace(style, bg=value & 255)


@lru_cache(4096)
def _with_link(style: Style, link: str | None) -> Style:
    return replace(style, link=link)


def _linked(
    view: CellView, characters: str | list[str], start: int, stop: int, style: Style
) -> list[Run]:
    """A run of linked cells, split where the link changes: a cell only tells whether it has one."""
    linked = []
    link = view.link(start)
    for x in range(start + 1, stop + 1):
        other = view.link(x) if x < stop else None
        if x == stop or other != link:
            linked.extend(_uniform(characters, start, x, _with_link(style, link)))
            start, link = x, other
    return linked


def _uniform(characters: str | list[str], start: int, stop: int, style: Style) -> list[Run]:
    """The cells of one style, as runs of characters of one width, and clusters."""
    if isinstance(characters, str):
        return [Run(characters[start:stop], stop - start, style)]
    found: list[Run] = []
    x = start
    while x < stop:
        end = x + 1
        while end < stop and not characters[end]:
            end += 1
        kind = Run if len(characters[x]) == 1 else Cluster
        _add(found, kind(characters[x], end - x, style))
        x = end
    return found


def _add(found: list[Run], run: Run) -> None:
    """Add a run, to the last one if its characters look the same and take as many cells each."""
    last = found[-1] if found else None
    if last is None or not _same_style(last, run) or not _same_width(last, run):
        found.append(run)
    else:
        found[-1] = Run(last.text + run.text, last.width + run.width, run.style)


def _same_style(one: Run, other: Run) -> bool:
    return one.style is other.style or one.style == other.style


def _same_width(one: Run, other: Run) -> bool:
    if isinstance(one, Cluster) or isinstance(other, Cluster):
        return False
    return one.width * len(other.text) == other.width * len(one.text)
