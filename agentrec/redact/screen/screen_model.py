"""The cells of a terminal, and for each which byte of the stream drew it.

A small model of a terminal: text, cursor movement, erasing, scrolling, insertion, margins, the
alternate screen; nothing that leaves cells where they are, such as colors. Rows that scroll off stay
in ``scrolled_off`` for a while, because a secret may span them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.redact.screen.widths import width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Rows that have scrolled off and are kept, at least.
KEPT_ROWS = 64
# A recording may claim any size, and fill it again and again with a few bytes.
MAX_SIDE = 4096
MAX_CELLS = 1 << 18
MAX_WIDE_REPEATS = 64
# The second cell of a wide character: not a blank, and part of no secret.
WIDE_TAIL = "\ue000"


class ScreenRow:
    """One row of cells: a character each, and the stream offset of the byte it began with (-1: blank).

    ``dirty``: changed since it was last searched. ``used``: nothing was drawn from there on.
    ``pem``: it is part of a private key that goes on in the next row. ``released``: what it showed when
    its bytes were written last.
    """

    __slots__ = ("chars", "dirty", "origins", "pem", "released", "used")

    def __init__(self, cols: int) -> None:
        self.chars = [" "] * cols
        self.origins = [-1] * cols
        self.used = 0
        self.dirty = False
        self.pem = False
        self.released = ""

    def fill(self, char: str, origin: int) -> None:
        """Have ``char`` in every cell, which is nothing to look at."""
        self.chars = [char] * len(self.chars)
        self.origins = [origin] * len(self.origins)
        self.used, self.dirty = len(self.chars), False

    @property
    def is_new(self) -> bool:
        """Whether it is as it was made."""
        return not self.used and not self.dirty and not self.pem

    def blank(self, start: int, stop: int) -> None:
        stop = min(stop, len(self.chars))
        if start >= stop or start >= self.used:
            return
        self.chars[start:stop] = " " * (stop - start)
        self.origins[start:stop] = [-1] * (stop - start)
        self.dirty = True
        if stop >= self.used:
            self.used = start


class ScreenModel:
    """Print text and move the cursor, look at ``rows`` and ``scrolled_off``.

    ``on_loss()`` is called before something that was drawn since the last look is painted over, erased
    or forgotten: the last chance to look.
    """

    def __init__(self, cols: int, rows: int, on_loss: Callable[[], None]) -> None:
        self.on_loss = on_loss
        self.scrolled_off: list[ScreenRow] = []
        self.printed: list[tuple[str, Sequence[int]]] = []  # all text in order, and its origins
        self.cols, self.height = _bounded(cols, rows)
        self.rows = [ScreenRow(self.cols) for _ in range(self.height)]
        self.reset()

    def reset(self) -> None:
        """The state of a terminal that was just switched on, except for what it shows."""
        self.x = self.y = 0
        self.pending = False  # the last column is written: the next character wraps
        self.top, self.bottom = 0, self.height - 1
        self.wraps, self.inserts, self.origin_mode = True, False, False
        self.saved = self.other_saved = (0, 0, False, False)  # cursors; each screen has its own
        self.alternative = False
        # The screen that is not shown.
        self.other = [ScreenRow(self.cols) for _ in range(self.height)]
        self.tabs: set[int] | None = None  # None: every eighth column
        self.last: tuple[str, int] | None = None

    # --- text -----------------------------------------------------------------------------------

    def print_narrow(self, text: str, origins: Sequence[int]) -> None:
        """Print characters of one cell each."""
        self.printed.append((text, origins))
        self.last = (text[-1], origins[-1])
        start, end = 0, len(text)
        while start < end:
            if self.pending and self.wraps:
                self._wrap()
            room = self.cols - self.x
            if end - start > room and not self.wraps:
                # Without wrapping, what is too much overwrites the last cell.
                self._put(text[start : start + room], origins[start : start + room])
                self._put(text[end - 1], origins[end - 1 : end], at=self.cols - 1)
                return
            stop = min(end, start + room)
            self._put(text[start:stop], origins[start:stop])
            start = stop

    def _put(self, text: str, origins: Sequence[int], at: int | None = None) -> None:
        row = self.rows[self.y]
        x = self.x if at is None else at
        end = x + len(text)
        if self.inserts:
            self.insert(len(text))
        elif x < row.used and row.dirty and not "".join(row.chars[x:end]).isspace():
            self.on_loss()  # even when it is the same again: those bytes drew it, too
        if row.chars[x] == WIDE_TAIL and x:  # half of a wide character goes with the other
            row.chars[x - 1] = " "
        if end < self.cols and row.chars[end] == WIDE_TAIL:
            row.chars[end] = " "
        row.chars[x:end] = text
        row.origins[x:end] = origins
        row.dirty = True
        row.used = max(row.used, end)
        if end >= self.cols:
            self.x = self.cols - 1
            self.pending = True
        else:
            self.x = end

    def print_char(self, char: str, origin: int) -> None:
        """Print a character that may take two cells, or none."""
        cells = width(char, self.last[0] if self.last else "")
        if cells == 0:
            if self.last:
                self.last = (char, self.last[1])
            return
        if cells == 1 or self.cols == 1:
            self.print_narrow(char, (origin,))
            return
        if self.x == self.cols - 1:
            if not self.wraps:
                return
            self._wrap()
        self.print_narrow(char + WIDE_TAIL, (origin, -1))
        self.last = (char, origin)

    def repeat(self, count: int) -> None:
        """Print the last character again.

        A few bytes ask for a screen full of it, again and again: it is printed a row at a time, and
        what it fills is not looked at, because no secret consists of one character.
        """
        if not self.last:
            return
        char, origin = self.last
        if width(char, "") != 1:
            for _ in range(min(count, MAX_WIDE_REPEATS)):
                self.print_char(char, origin)
            return
        first = min(count, max(1, self.cols - self.x - self.pending))
        self.print_narrow(char * first, [origin] * first)
        if not self.wraps:
            return
        kept = len(self.printed)
        rows, rest = divmod(count - first, self.cols)
        for _ in range(min(rows, self.height)):
            self._wrap()
            self.rows[self.y].fill(char, origin)
            self.x, self.pending = self.cols - 1, True
        if rest:
            self.print_narrow(char * rest, [origin] * rest)
        del self.printed[kept:]

    def _wrap(self) -> None:
        self.x, self.pending = 0, False
        self.line_feed()

    # --- what controls do ---------------------------------------------------------------------

    def before_losing(self, *rows: ScreenRow) -> None:
        """To be called before cells of ``rows`` are lost."""
        if any(row.dirty and row.used for row in rows):
            self.on_loss()

    def line_feed(self) -> None:
        """Down by one, scrolling at the bottom."""
        self.printed.append(("\n", (-1,)))
        if self.y == self.bottom:
            self.scroll(1)
        elif self.y < self.height - 1:
            self.y += 1

    def reverse_line_feed(self) -> None:
        if self.y == self.top:
            self.scroll(-1)
        elif self.y > 0:
            self.y, self.pending = self.y - 1, False

    def scroll(self, count: int, top: int | None = None) -> None:
        """Move the rows from ``top`` to the bottom margin up by ``count``, or down if negative."""
        first = self.top if top is None else top
        size = self.bottom + 1 - first
        if not count or size <= 0:
            return
        number = min(abs(count), size)
        region = self.rows[first : self.bottom + 1]
        if count > 0:
            leaving, staying = region[:number], region[number:]
        else:
            leaving, staying = region[size - number :], region[: size - number]
        if first == 0 and top is None and count > 0:
            self._keep(leaving)
        else:
            self.before_losing(*leaving)
        fresh = [row if row.is_new else ScreenRow(self.cols) for row in leaving]
        self.rows[first : self.bottom + 1] = staying + fresh if count > 0 else fresh + staying

    def _keep(self, leaving: list[ScreenRow]) -> None:
        scrolled_off = self.scrolled_off
        # Of rows that were never drawn on, one says as much as many.
        blank = bool(scrolled_off) and scrolled_off[-1].is_new
        for row in leaving:
            if not (blank and row.is_new):
                scrolled_off.append(ScreenRow(self.cols) if row.is_new else row)
            blank = row.is_new
        if len(scrolled_off) >= 2 * KEPT_ROWS:
            # Everything is looked at while what stands above it is still there.
            self.before_losing(*scrolled_off)
            del scrolled_off[:-KEPT_ROWS]

    def insert(self, count: int) -> None:
        """Shift the rest of the row right by ``count`` blanks."""
        row = self.rows[self.y]
        count = min(count, self.cols - self.x)
        self.before_losing(row)
        row.chars[self.x :] = ([" "] * count + row.chars[self.x :])[: self.cols - self.x]
        row.origins[self.x :] = ([-1] * count + row.origins[self.x :])[: self.cols - self.x]
        row.used = min(self.cols, row.used + count) if row.used > self.x else row.used
        row.dirty = True

    def delete(self, count: int) -> None:
        """Shift the rest of the row left by ``count``."""
        row = self.rows[self.y]
        count = min(count, self.cols - self.x)
        self.before_losing(row)
        row.chars[self.x :] = row.chars[self.x + count :] + [" "] * count
        row.origins[self.x :] = row.origins[self.x + count :] + [-1] * count
        row.dirty = True

    def erase(self, y: int, start: int, stop: int) -> None:
        row = self.rows[y]
        if start < row.used:
            self.before_losing(row)
            row.blank(start, stop)

    def alternate(self, on: bool) -> None:
        """Show the alternate screen, or the main one again."""
        if on != self.alternative:
            self.before_losing(*self.rows)
            self.saved, self.other_saved = self.other_saved, self.saved
            self.rows, self.other = self.other, self.rows
            self.alternative = on

    def resize(self, cols: int, rows: int) -> None:
        """Change the size. Rows are cut, not wrapped anew: programs repaint after a resize."""
        self.on_loss()
        self.cols, self.height = _bounded(cols, rows)
        above = max(0, self.y + 1 - self.height)
        self.rows = self._fitted(self.rows, self.y)
        self.y -= above
        self.other = self._fitted(self.other, self.height - 1)
        self.scrolled_off.clear()
        self.x, self.y = min(self.x, self.cols - 1), min(self.y, self.height - 1)
        self.top, self.bottom, self.pending = 0, self.height - 1, False

    def _fitted(self, rows: list[ScreenRow], cursor: int) -> list[ScreenRow]:
        drop = max(0, min(cursor + 1, len(rows)) - self.height)
        fitted = rows[drop : drop + self.height]
        for row in fitted:
            more = self.cols - len(row.chars)
            row.chars = row.chars[: self.cols] + [" "] * more
            row.origins = row.origins[: self.cols] + [-1] * more
            row.used = min(row.used, self.cols)
        return fitted + [ScreenRow(self.cols) for _ in range(self.height - len(fitted))]


def _bounded(cols: int, rows: int) -> tuple[int, int]:
    """The size that is modeled: rows beyond it scroll off, wider ones wrap."""
    cols = min(max(1, cols), MAX_SIDE)
    return cols, min(max(1, rows), MAX_SIDE, MAX_CELLS // cols)
