"""The screen that output draws: bytes in; cells out, with the bytes that drew them."""

from __future__ import annotations

import codecs
import re
from itertools import accumulate
from typing import TYPE_CHECKING

from agentrec.redact.screen import controls
from agentrec.redact.screen.screen_model import ScreenModel, ScreenRow
from agentrec.redact.screen.widths import PLAIN
from agentrec.terminal.output import tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Of a long string that comes in pieces: a secret may lie across two of them.
OVERLAP_BYTES = 4096
_RUNS = re.compile(rb"[\x00-\x7f]+|[\x80-\xff]+")


class OutputScreen(ScreenModel):
    """Feed output, look at its cells.

    ``hidden(data, offset)`` gets strings that are not text on the screen: titles, links, clipboards.
    ``offset`` is the stream offset of the next byte.
    """

    def __init__(
        self,
        cols: int,
        rows: int,
        on_loss: Callable[[], None],
        hidden: Callable[[bytes, int], None],
    ) -> None:
        super().__init__(cols, rows, on_loss)
        self.hidden = hidden
        self.offset = 0
        self._scanner = tokenizer.Tokenizer()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = b""  # an unfinished character
        self._held = 0  # bytes of an unfinished sequence
        self._hidden_tail = b""  # of a long string, the piece before

    @property
    def plain(self) -> bool:
        """Whether lines of text just go below what is there: nothing stands at or after the cursor."""
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
                    self._hide(kind, token, at)
            at += len(token)
        self._held = self.offset - at

    def show_unfinished(self) -> None:
        """Hand out the sequence that has not ended yet: its end may come late, or never."""
        if self._held:
            self.hidden(self._scanner.unfinished, self.offset - self._held)

    def skip(self, length: int) -> None:
        """Skip ``length`` bytes of harmless lines, which fill the screen at least."""
        self.offset += length
        self.scrolled_off.clear()
        self.rows = [ScreenRow(self.cols) for _ in range(self.height)]
        self.y, self.x, self.pending = self.height - 1, 0, False
        self.printed.clear()

    def _hide(self, kind: str, token: bytes, at: int) -> None:
        goes_on = kind == tokenizer.OVERLONG and not token.startswith(b"\x1b")
        tail = self._hidden_tail if goes_on else b""
        token = tail + token
        self.hidden(token, at - len(tail))
        self._hidden_tail = token[-OVERLAP_BYTES:] if kind == tokenizer.OVERLONG else b""

    def _decode(self, data: bytes, at: int, *, final: bool = False) -> None:
        if data.isascii() and not self._partial:
            self.print_narrow(data.decode("ascii"), range(at, at + len(data)))
            return
        text = self._decoder.decode(data, final)
        data, at = self._partial + data, at - len(self._partial)
        self._partial = self._decoder.getstate()[0]
        data = data[: len(data) - len(self._partial)]
        if text:
            origins = _origins(text, data, at)
            if PLAIN.fullmatch(text):
                self.print_narrow(text, origins)
                return
            for char, origin in zip(text, origins, strict=True):
                self.print_char(char, origin)


def _origins(text: str, data: bytes, at: int) -> Sequence[int]:
    """For each character of ``text``, decoded from ``data`` at offset ``at``, where it begins."""
    if len(data) % len(text) == 0 and not data.isascii():
        size = len(data) // len(text)
        if all(len(char.encode()) == size for char in set(text)):
            return range(at, at + len(data), size)
    lengths = [len(char.encode()) for char in text]
    if sum(lengths) == len(data):
        return list(accumulate(lengths[:-1], initial=at))
    origins: list[int] = []  # there are broken bytes: exact for ASCII all the same
    for run in _RUNS.finditer(data):
        part = run[0].decode("utf-8", "replace")
        step = len(run[0]) / len(part)
        origins += [at + run.start() + int(number * step) for number in range(len(part))]
    return origins if len(origins) == len(text) else [at] * len(text)
