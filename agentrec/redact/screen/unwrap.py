"""Lines of text as a reader sees them: whole again where the edge of the screen, or of a box, cut them."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agentrec.redact.screen.screen_model import ScreenRow

    PartsOf = Callable[[int], "list[RowPart]"]

# A part that ends this close to its right edge (less where it is narrow) may go on in the next row:
# programs that wrap lines themselves leave room for padding.
EDGE_COLUMNS = 6
# Rows of one line, and characters of it where rows are wide.
MAX_ROWS = 96
MAX_LINE_CHARS = 8192
_BORDERS = re.compile("[\u2502\u2503\u2551\u258c\u258f\u2590\u2595\u2506\u250a]")


class RowPart(NamedTuple):
    """What stands between two borders in one row: cells from ``start`` to ``stop``, blanks stripped.

    ``left``: the first column after the border. ``full``: it may go on in the next row.
    """

    left: int
    start: int
    stop: int
    full: bool


class TextLine(NamedTuple):
    """A text and the origin of each of its characters (-1: drawn by nothing). ``starts``: where its rows
    begin in the text, except the first."""

    text: str
    origins: Sequence[int]
    starts: Sequence[int] = ()


def changed_lines(rows: list[ScreenRow]) -> Iterator[TextLine]:
    """Every line that a dirty row is part of; also each of its rows alone."""
    cache: dict[int, list[RowPart]] = {}

    def parts_of(y: int) -> list[RowPart]:
        if y not in cache:
            cache[y] = _parts(rows[y])
        return cache[y]

    limit = _max_rows(rows)
    starts: dict[tuple[int, int], int] = {}
    done: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        if not row.dirty:
            continue
        for part in parts_of(y):
            first = _block(_start(parts_of, y, part, starts), y, limit), part.left
            if first in done:
                continue
            done.add(first)
            chain = list(_chain(parts_of, first, min(len(rows), first[0] + 2 * limit)))
            if len(chain) > 1:
                yield _join(rows, chain)
            for number, member in chain:
                if rows[number].dirty:
                    yield _join(rows, [(number, member)])


def line_before(rows: list[ScreenRow], y: int, x: int) -> TextLine | None:
    """The line up to cell ``x`` of row ``y``; None when nothing stands right before it."""
    parts = _parts(rows[y])
    part = next((part for part in parts if part.start < x <= part.stop), None)
    if part is None:
        return None

    def parts_of(number: int) -> list[RowPart]:
        return parts if number == y else _parts(rows[number])

    first = max(_start(parts_of, y, part, {}), y - _max_rows(rows)), part.left
    above = [link for link in _chain(parts_of, first, y + 1) if link[0] < y]
    return _join(rows, [*above, (y, part._replace(stop=x))])


def _parts(row: ScreenRow) -> list[RowPart]:
    text = "".join(row.chars[: row.used])
    cols = len(row.chars)
    if text.isascii():
        return _part(text, 0, len(text), cols)
    parts = []
    left = 0
    for border in _BORDERS.finditer(text):
        parts += _part(text, left, border.start(), border.start())
        left = border.end()
    return parts + _part(text, left, len(text), cols)


def _part(text: str, left: int, stop: int, edge: int) -> list[RowPart]:
    """The part between two columns, if there is anything."""
    padded = text[left:stop]
    bare = padded.strip()
    if not bare:
        return []
    start = left + len(padded) - len(padded.lstrip())
    stop = start + len(bare)
    return [RowPart(left, start, stop, stop >= edge - edge_columns(edge - left))]


def edge_columns(width: int) -> int:
    """How far from its edge a part of ``width`` columns may end that goes on in the next row."""
    return min(EDGE_COLUMNS, width // 8)


def _start(parts_of: PartsOf, y: int, part: RowPart, starts: dict[tuple[int, int], int]) -> int:
    """The first row of the line of ``part``, which is in row ``y``. ``starts``: those known already."""
    walked = []
    while (y, part.left) not in starts:
        above = next((p for p in parts_of(y - 1) if p.left == part.left), None) if y else None
        if above is None or not above.full:
            starts[y, part.left] = y
            break
        walked.append((y, part.left))
        y, part = y - 1, above
    start = starts[y, part.left]
    starts.update(dict.fromkeys(walked, start))
    return start


def _max_rows(rows: list[ScreenRow]) -> int:
    widest = max((len(row.chars) for row in rows), default=1)
    return max(2, min(MAX_ROWS, MAX_LINE_CHARS // widest))


def _block(start: int, y: int, limit: int) -> int:
    """Where to begin to read a long line for row ``y``: all its rows are read at most twice."""
    return start + max(0, (y - start - limit // 2) // limit) * limit


def _chain(parts_of: PartsOf, first: tuple[int, int], stop: int) -> Iterator[tuple[int, RowPart]]:
    """Rows and parts of the line that begins at ``first``."""
    top, left = first
    for y in range(top, min(stop, top + 2 * MAX_ROWS)):
        part = next((p for p in parts_of(y) if p.left == left), None)
        if part is None:
            return
        yield y, part
        if not part.full:
            return


def _join(rows: list[ScreenRow], chain: list[tuple[int, RowPart]]) -> TextLine:
    if len(chain) == 1:
        y, part = chain[0]
        cells = slice(part.start, part.stop)
        return TextLine("".join(rows[y].chars[cells]), rows[y].origins[cells])
    lines = [_join(rows, [link]) for link in chain]
    return TextLine(
        "".join([line.text for line in lines]),
        [origin for line in lines for origin in line.origins],
        list(accumulate([len(line.text) for line in lines[:-1]])),
    )
