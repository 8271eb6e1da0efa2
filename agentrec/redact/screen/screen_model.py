"""What a terminal shows, and for every cell which byte of the stream drew it.

A small model of a terminal: it follows text, cursor movement, erasing, scrolling, insertion, margins,
the alternate screen. Colours and all that does not move cells are nothing to it. Rows that scroll off
stay in ``gone`` for a while, because a secret may span them.
"""

from __future__ import annotations

import codecs
import re
from itertools import accumulate
from typing import TYPE_CHECKING

from agentrec.redact.screen import controls
from agentrec.redact.screen.widths import PLAIN, width
from agentrec.terminal.output import tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEPT_ROWS = 64  # rows that have scrolled off, at least
MAX_SIDE = 4096
MAX_CELLS = 1 << 18  # a recording may name any size, and fill it again and again with a few bytes
_RUNS = re.compile(rb"[\x00-\x7f]+|[\x80-\xff]+")
WIDE = "\ue000"  # the second cell of a wide character: no blank, and in no secret


class Row:
    """One row of cells: a character each, and the stream offset of the byte it began with (-1: blank).

    ``dirty``: changed since it was last looked at. ``used``: nothing was drawn from there on.
    ``pem``: it is, or is within, a private key that goes on in the next row.
    """

    __slots__ = ("chars", "dirty", "origins", "pem", "used")

    def __init__(self, cols: int) -> None:
        self.chars = [" "] * cols
        self.origins = [-1] * cols
        self.used = 0
        self.dirty = False
        self.pem = False

    def blank(self, start: int, stop: int) -> None:
        stop = min(stop, len(self.chars))
        if start >= stop or start >= self.used:
            return
        self.chars[start:stop] = " " * (stop - start)
        self.origins[start:stop] = [-1] * (stop - start)
        self.dirty = True
        if stop >= self.used:
            self.used = start


class Canvas:
    """Feed output, look at ``rows`` and ``gone``.

    ``losing()`` is called before something that was drawn since the last look is painted over, erased
    or forgotten: the last chance to look. ``hidden(data, offset)`` gets strings that are no text on
    the screen: titles, links, clipboards. ``offset`` is the stream offset of the next byte.
    """

    def __init__(
        self,
        cols: int,
        rows: int,
        losing: Callable[[], None],
        hidden: Callable[[bytes, int], None],
    ) -> None:
        self.losing, self.hidden = losing, hidden
        self.offset = 0
        self.gone: list[Row] = []
        self.printed: list[tuple[str, Sequence[int]]] = []  # all text in order, and its origins
        self._scanner = tokenizer.Tokenizer()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = b""  # an unfinished character
        self._held = 0  # bytes of an unfinished sequence
        self.cols, self.height = _bounded(cols, rows)
        self.rows = [Row(self.cols) for _ in range(self.height)]
        self.reset()

    def reset(self) -> None:
        """The state of a terminal that was just switched on, but for what it shows."""
        self.x = self.y = 0
        self.pending = False  # the last column is written: the next character wraps
        self.top, self.bottom = 0, self.height - 1
        self.wraps, self.inserts, self.origin_mode = True, False, False
        self.saved = self.other_saved = (0, 0, False, False)  # cursors; each screen has its own
        self.alternative = False
        self.other = [Row(self.cols) for _ in range(self.height)]  # the screen that is not shown
        self.tabs: set[int] | None = None  # None: every eighth column
        self.last: tuple[str, int] | None = None

    @property
    def plain(self) -> bool:
        """Whether lines of text just go below what is there: nothing is drawn at or after the cursor."""
        return (
            self.wraps
            and not self.inserts
            and self.top == 0
            and self.bottom == self.height - 1
            and not self.between
            and self.rows[self.y].used <= self.x + self.pending
            and not any(row.used for row in self.rows[self.y + 1 :])
        )

    @property
    def between(self) -> bool:
        """Whether the stream stopped within a sequence or character."""
        return bool(self._partial) or self._held > 0

    def feed(self, data: bytes) -> None:
        """Take output, cut anywhere."""
        at = self.offset - self._held  # a sequence that waited began before this piece
        self.offset += len(data)
        for kind, token in self._scanner.feed(data):
            if kind == "text":
                self._decode(token, at)
            else:
                if self._partial:
                    self._decode(b"", at, final=True)
                if kind == "c0":
                    controls.c0(self, token)
                elif kind == "csi":
                    controls.csi(self, token)
                elif kind == "esc":
                    controls.esc(self, token)
                else:
                    self.hidden(token, at)
            at += len(token)
        self._held = self.offset - at

    def skip(self, length: int) -> None:
        """``length`` bytes of lines that were seen to be harmless, as many as fill the screen or more."""
        self.offset += length
        self.gone.clear()
        self.rows = [Row(self.cols) for _ in range(self.height)]
        self.y, self.x, self.pending = self.height - 1, 0, False
        self.printed.clear()

    # --- text ---------------------------------------------------------------------------------

    def _decode(self, data: bytes, at: int, *, final: bool = False) -> None:
        if data.isascii() and not self._partial:
            self._print(data.decode("ascii"), range(at, at + len(data)))
            return
        text = self._decoder.decode(data, final)
        data, at = self._partial + data, at - len(self._partial)
        self._partial = self._decoder.getstate()[0]
        data = data[: len(data) - len(self._partial)]
        if text:
            origins = _origins(text, data, at)
            if PLAIN.fullmatch(text):
                self._print(text, origins)
                return
            for char, origin in zip(text, origins, strict=True):
                self._print_odd(char, origin)

    def _print(self, text: str, origins: Sequence[int]) -> None:
        """Characters of one cell each."""
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
            self.losing()  # even when it is the same again: those bytes drew it, too
        if row.chars[x] == WIDE and x:  # half of a wide character goes with the other
            row.chars[x - 1] = " "
        if end < self.cols and row.chars[end] == WIDE:
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

    def _print_odd(self, char: str, origin: int) -> None:
        """A character that may take two cells, or none."""
        cells = width(char, self.last[0] if self.last else "")
        if cells == 0:
            if self.last:
                self.last = (char, self.last[1])
            return
        if cells == 1 or self.cols == 1:
            self._print(char, (origin,))
            return
        if self.x == self.cols - 1:
            if not self.wraps:
                return
            self._wrap()
        self._print(char + WIDE, (origin, -1))
        self.last = (char, origin)

    def repeat(self, count: int) -> None:
        """The last character again."""
        if self.last:
            char, origin = self.last
            for _ in range(count):
                self._print_odd(char, origin)

    def _wrap(self) -> None:
        self.x, self.pending = 0, False
        self.line_feed()

    # --- what controls do ---------------------------------------------------------------------

    def look(self, *rows: Row) -> None:
        """Cells of ``rows`` are about to be lost."""
        if any(row.dirty and row.used for row in rows):
            self.losing()

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
        fresh = [Row(self.cols) for _ in range(number)]
        region = self.rows[first : self.bottom + 1]
        if count > 0:
            leaving, region = region[:number], region[number:] + fresh
        else:
            leaving, region = region[size - number :], fresh + region[: size - number]
        if first == 0 and top is None and count > 0:
            self._keep(leaving)
        else:
            self.look(*leaving)
        self.rows[first : self.bottom + 1] = region

    def _keep(self, leaving: list[Row]) -> None:
        gone = self.gone
        gone.extend(leaving)
        if len(gone) >= 2 * KEPT_ROWS:
            # Everything is looked at while what stands above it is still there.
            self.look(*gone)
            del gone[:-KEPT_ROWS]

    def insert(self, count: int) -> None:
        """Shift the rest of the row right by ``count`` blanks."""
        row = self.rows[self.y]
        count = min(count, self.cols - self.x)
        self.look(row)
        row.chars[self.x :] = ([" "] * count + row.chars[self.x :])[: self.cols - self.x]
        row.origins[self.x :] = ([-1] * count + row.origins[self.x :])[: self.cols - self.x]
        row.used = min(self.cols, row.used + count) if row.used > self.x else row.used
        row.dirty = True

    def delete(self, count: int) -> None:
        """Shift the rest of the row left by ``count``."""
        row = self.rows[self.y]
        count = min(count, self.cols - self.x)
        self.look(row)
        row.chars[self.x :] = row.chars[self.x + count :] + [" "] * count
        row.origins[self.x :] = row.origins[self.x + count :] + [-1] * count
        row.dirty = True

    def erase(self, y: int, start: int, stop: int) -> None:
        row = self.rows[y]
        if start < row.used:
            self.look(row)
            row.blank(start, stop)

    def alternate(self, on: bool) -> None:
        """Show the alternate screen, or the main one again."""
        if on != self.alternative:
            self.look(*self.rows)
            self.saved, self.other_saved = self.other_saved, self.saved
            self.rows, self.other = self.other, self.rows
            self.alternative = on

    def resize(self, cols: int, rows: int) -> None:
        """Another size; rows are cut, not wrapped anew: programs repaint after a resize."""
        self.losing()
        self.cols, self.height = _bounded(cols, rows)
        above = max(0, self.y + 1 - self.height)
        self.rows = self._fitted(self.rows, self.y)
        self.y -= above
        self.other = self._fitted(self.other, self.height - 1)
        self.gone.clear()
        self.x, self.y = min(self.x, self.cols - 1), min(self.y, self.height - 1)
        self.top, self.bottom, self.pending = 0, self.height - 1, False

    def _fitted(self, rows: list[Row], cursor: int) -> list[Row]:
        drop = max(0, min(cursor + 1, len(rows)) - self.height)
        fitted = rows[drop : drop + self.height]
        for row in fitted:
            more = self.cols - len(row.chars)
            row.chars = row.chars[: self.cols] + [" "] * more
            row.origins = row.origins[: self.cols] + [-1] * more
            row.used = min(row.used, self.cols)
        return fitted + [Row(self.cols) for _ in range(self.height - len(fitted))]


def _bounded(cols: int, rows: int) -> tuple[int, int]:
    """The size to follow: rows beyond it scroll off, wider ones wrap."""
    cols = min(max(1, cols), MAX_SIDE)
    return cols, min(max(1, rows), MAX_SIDE, MAX_CELLS // cols)


def _origins(text: str, data: bytes, at: int) -> Sequence[int]:
    """For each character of ``text``, decoded from ``data`` at offset ``at``, where it begins."""
    if len(data) % len(text) == 0 and not data.isascii():
        size = len(data) // len(text)
        if all(len(char.encode()) == size for char in set(text)):
            return range(at, at + len(data), size)
    lengths = [len(char.encode()) for char in text]
    if sum(lengths) == len(data):
        return list(accumulate(lengths[:-1], initial=at))
    found: list[int] = []  # there are broken bytes: exact for ASCII all the same
    for run in _RUNS.finditer(data):
        part = run[0].decode("utf-8", "replace")
        step = len(run[0]) / len(part)
        found += [at + run.start() + int(place * step) for place in range(len(part))]
    return found if len(found) == len(text) else [at] * len(text)
