"""Lines as one reads them on a canvas: whole again where the right edge, or that of a box, cut them."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agentrec.redact.screen.screen_model import ScreenRow

    Of = Callable[[int], "list[RowSegment]"]

# A row that ends this close to its edge, but for narrow ones, may go on in the next: programs that
# wrap lines themselves leave room for padding.
EDGE_COLUMNS = 6
MAX_ROWS = 96  # rows of one line
_BORDERS = re.compile("[\u2502\u2503\u2551\u258c\u258f\u2590\u2595\u2506\u250a]")


class RowSegment(NamedTuple):
    """What stands between two borders in one row: cells from ``start`` to ``stop``, blanks stripped.

    ``left``: the column the border leaves free first. ``full``: it may go on in the next row.
    """

    left: int
    start: int
    stop: int
    full: bool


class TextLine(NamedTuple):
    """A text and the origin of each of its characters (-1: drawn by nothing). ``starts``: where in the
    text its rows begin, but for the first."""

    text: str
    origins: Sequence[int]
    starts: Sequence[int] = ()


def changed_lines(rows: list[ScreenRow]) -> Iterator[TextLine]:
    """Every line that a dirty row is part of; also each of its rows alone."""
    pieces: dict[int, list[RowSegment]] = {}

    def of(y: int) -> list[RowSegment]:
        if y not in pieces:
            pieces[y] = _pieces(rows[y])
        return pieces[y]

    seen: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        if not row.dirty:
            continue
        for piece in of(y):
            first = _first(of, y, piece)
            if first in seen:
                continue
            seen.add(first)
            chain = list(_chain(of, first, len(rows)))
            if len(chain) > 1:
                yield _joined(rows, chain)
            for place, part in chain:
                if rows[place].dirty:
                    yield _joined(rows, [(place, part)])


def line_before(rows: list[ScreenRow], y: int, x: int) -> TextLine | None:
    """The line up to cell ``x`` of row ``y``; None when nothing stands right before it."""
    pieces = _pieces(rows[y])
    piece = next((piece for piece in pieces if piece.start < x <= piece.stop), None)
    if piece is None:
        return None

    def of(place: int) -> list[RowSegment]:
        return pieces if place == y else _pieces(rows[place])

    chain = [entry for entry in _chain(of, _first(of, y, piece), y + 1) if entry[0] < y]
    return _joined(rows, [*chain, (y, piece._replace(stop=x))])


def _pieces(row: ScreenRow) -> list[RowSegment]:
    text = "".join(row.chars[: row.used])
    cols = len(row.chars)
    if text.isascii():
        return _piece(text, 0, len(text), cols)
    found = []
    left = 0
    for border in _BORDERS.finditer(text):
        found += _piece(text, left, border.start(), border.start())
        left = border.end()
    return found + _piece(text, left, len(text), cols)


def _piece(text: str, left: int, stop: int, edge: int) -> list[RowSegment]:
    part = text[left:stop]
    bare = part.strip()
    if not bare:
        return []
    start = left + len(part) - len(part.lstrip())
    stop = start + len(bare)
    return [RowSegment(left, start, stop, stop >= edge - min(EDGE_COLUMNS, (edge - left) // 8))]


def _first(of: Of, y: int, piece: RowSegment) -> tuple[int, int]:
    """Row and left column of the piece with which the line of ``piece`` begins."""
    for _ in range(MAX_ROWS):
        above = next((p for p in of(y - 1) if p.left == piece.left), None) if y else None
        if above is None or not above.full:
            break
        y, piece = y - 1, above
    return y, piece.left


def _chain(of: Of, first: tuple[int, int], stop: int) -> Iterator[tuple[int, RowSegment]]:
    y, left = first
    for place in range(y, min(stop, y + 2 * MAX_ROWS)):
        piece = next((p for p in of(place) if p.left == left), None)
        if piece is None:
            return
        yield place, piece
        if not piece.full:
            return


def _joined(rows: list[ScreenRow], chain: list[tuple[int, RowSegment]]) -> TextLine:
    if len(chain) == 1:
        y, piece = chain[0]
        row = rows[y]
        return TextLine(
            "".join(row.chars[piece.start : piece.stop]), row.origins[piece.start : piece.stop]
        )
    parts = [_joined(rows, [entry]) for entry in chain]
    return TextLine(
        "".join([part.text for part in parts]),
        [origin for part in parts for origin in part.origins],
        list(accumulate([len(part.text) for part in parts[:-1]])),
    )
