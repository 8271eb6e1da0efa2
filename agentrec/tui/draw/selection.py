"""Selected cells of the recorded terminal, and their text. Cells are ``(row, column)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, split_graphemes

from agentrec.tui.draw.terminal_cells import drawn_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.terminal.engine.styles import Run

Cell = tuple[int, int]

# What a double click takes together: words, paths, addresses.
_WORD = re.compile(r"[\w./~:@%+#?&=,$-]+")


class Selection(NamedTuple):
    """Everything from ``start`` to ``stop``, both included, as text flows."""

    start: Cell
    stop: Cell

    @classmethod
    def between(cls, one: Cell, other: Cell) -> Selection:
        """The selection between two cells, in whatever order."""
        return cls(*sorted((one, other)))

    def span(self, row: int, cols: int) -> tuple[int, int] | None:
        """The columns of ``row`` that are selected, the last one excluded; None if there are none."""
        if not self.start[0] <= row <= self.stop[0]:
            return None
        first = self.start[1] if row == self.start[0] else 0
        return first, self.stop[1] + 1 if row == self.stop[0] else cols


def whole(rows: int, cols: int) -> Selection:
    """Everything on a screen."""
    return Selection((0, 0), (rows - 1, cols - 1))


def line_at(cell: Cell, wraps: Sequence[bool], cols: int) -> Selection:
    """The line that ``cell`` is in, over all the rows that it was wrapped into."""
    first = last = cell[0]
    while first > 0 and wraps[first - 1]:
        first -= 1
    while last + 1 < len(wraps) and wraps[last]:
        last += 1
    return Selection((first, 0), (last, cols - 1))


def word_at(cell: Cell, lines: Sequence[list[Run]], wraps: Sequence[bool], cols: int) -> Selection:
    """The word that ``cell`` is in, wrapped or not; between words, the cell alone."""
    line = line_at(cell, wraps, cols)
    cells = [
        ((row, column), text)
        for row in range(line.start[0], line.stop[0] + 1)
        for column, text in _cells(lines[row])
    ]
    text = "".join(part[:1] for _, part in cells)
    at = max((number for number, (place, _) in enumerate(cells) if place <= cell), default=0)
    for word in _WORD.finditer(text):
        if word.start() <= at < word.end():
            return Selection(cells[word.start()][0], _end(cells[word.end() - 1]))
    return Selection(cell, cell)


def selected_text(
    selection: Selection, lines: Sequence[list[Run]], wraps: Sequence[bool], cols: int
) -> str:
    """The text of the selection: wrapped rows joined, without blanks at the ends of lines."""
    parts = []
    last = min(selection.stop[0], len(lines) - 1)
    for row in range(selection.start[0], last + 1):
        first, stop = selection.span(row, cols) or (0, 0)
        cells = _cells(lines[row])
        text = "".join(part for at, part in cells if first < at + cell_len(part) and at < stop)
        goes_on = row < last and wraps[row]
        parts.append(text if goes_on else text.rstrip() + "\n")
    return "".join(parts).rstrip("\n")


def _end(cell: tuple[Cell, str]) -> Cell:
    """The last cell of a character."""
    (row, column), text = cell
    return row, column + max(1, cell_len(text)) - 1


def _cells(runs: list[Run]) -> Iterator[tuple[int, str]]:
    """Each character with what is combined with it, and its column."""
    column = 0
    for run in runs:
        text = drawn_text(run)
        for start, stop, width in split_graphemes(text)[0]:
            yield column, text[start:stop]
            column += width
