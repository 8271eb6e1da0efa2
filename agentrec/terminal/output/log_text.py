"""Terminal output as lines for a log: no escape sequences, and no line again for each repaint.

For the log of a CI job, which shows bytes as they come and keeps no screen. A line is passed on once its
line feed has come, as it looked then: what a carriage return began anew is left out. Programs that move the
cursor up and draw lines again, as spinners and tables do, get each line once as long as it stays the same.
What a full-screen program draws on the alternate screen is left out.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from typing import TYPE_CHECKING

from agentrec.terminal.output import tokenizer

if TYPE_CHECKING:
    from agentrec.terminal.output.tokenizer import Token

# Lines that a repaint may repeat: more than a terminal has.
_REMEMBERED_LINES = 200
_MAX_LINE_CHARS = 1 << 16  # a longer line comes in pieces
# Up by so many lines, or to a place that may be anywhere.
_MOVES_UP = re.compile(rb"\x1b(?:M|\[([0-9]{0,4})[AF]|\[[0-9;]*[Hfd])\Z")
_ERASES_LINE = re.compile(rb"\x1b\[[0-9;]*K\Z")
_TO_COLUMN = re.compile(rb"\x1b\[([0-9]*)[G`]\Z")
_FORWARD = re.compile(rb"\x1b\[([0-9]{0,4})C\Z")
_SCREEN = re.compile(rb"\x1b\[\?(?:47|1047|1049)([hl])\Z")
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)))


class LogText:
    """Feed what a terminal gets, split anywhere, and get what a log gets."""

    def __init__(self) -> None:
        self._tokenizer = tokenizer.Tokenizer()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._column = 0
        self._out: list[str] = []
        self._passed: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._repaint_lines = 0  # how many of the coming ones may be drawn again
        self._alternate = False

    def feed(self, data: bytes) -> bytes:
        """The lines that are complete now."""
        for token in self._tokenizer.feed(data):
            self._take(token)
        return self._drain()

    def finish(self) -> bytes:
        """The output has ended: the last line, if it has no line feed."""
        if "".join(self._line).strip():
            self._end_line()
        return self._drain()

    def _drain(self) -> bytes:
        text, self._out = "".join(self._out), []
        return text.encode()

    def _take(self, token: Token) -> None:
        kind, data = token
        if kind == tokenizer.TEXT:
            self._write(self._decoder.decode(data).translate(_CONTROLS))
        elif kind == tokenizer.C0:
            self._control(data)
        elif kind in (tokenizer.CSI, tokenizer.ESC):
            self._sequence(data)

    def _control(self, data: bytes) -> None:
        if data in b"\n\v\f":
            self._end_line()
        elif data == b"\r":
            self._column = 0
        elif data == b"\b":
            self._column = max(0, self._column - 1)
        elif data == b"\t":
            self._write(" " * (8 - self._column % 8))

    def _sequence(self, data: bytes) -> None:
        if screen := _SCREEN.match(data):
            self._alternate = screen[1] == b"h"
            self._line, self._column = [], 0
        elif up := _MOVES_UP.match(data):
            self._repaint_lines = max(self._repaint_lines, int(up[1] or _REMEMBERED_LINES))
            self._line, self._column = [], 0
        elif _ERASES_LINE.match(data):
            del self._line[0 if data[2:3] in b"12" else self._column :]
        elif to := _TO_COLUMN.match(data):
            self._column = max(0, int(to[1] or b"1") - 1)
        elif forward := _FORWARD.match(data):
            self._column += int(forward[1] or b"1")

    def _write(self, text: str) -> None:
        if self._column > _MAX_LINE_CHARS:
            self._end_line()
        if self._column > len(self._line):
            self._line += " " * (self._column - len(self._line))
        self._line[self._column : self._column + len(text)] = text
        self._column += len(text)

    def _end_line(self) -> None:
        line = "".join(self._line).rstrip()
        self._line, self._column = [], 0
        if self._alternate:
            return
        if self._repaint_lines:
            self._repaint_lines -= 1
            if not line or line in self._passed:
                return
        self._passed.append(line)
        self._out.append(line + "\n")
