"""How long a control string (OSC, DCS, SOS, PM, APC) may hide what follows it.

A string whose end never comes would swallow all text up to the next escape sequence. Real terminals end
it at limits of their own; here it ends after as many bytes as its kind needs, and what follows is text.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Titles, links, notifications and everything unknown; shell marks, which quote command lines and
# directories; clipboards and images, as in tmux.
MAX_STRING_BYTES = 8 << 10
MAX_SHELL_STRING_BYTES = 64 << 10
MAX_DATA_STRING_BYTES = 1 << 20

_HEAD_BYTES = 32  # of a string, which tell its kind
_SHELL = re.compile(rb"\x1b\](?:7|133|633);")
_DATA = re.compile(rb"\x1b(?:\](?:52|99|1337|5522);|P[0-9;]*q|_G)")

# Characters that may be repeated at once, and those that each byte of output adds to that.
MAX_REPEATS = 1 << 20
REPEATS_PER_BYTE = 8
# Within a sequence, terminals carry out control characters and go on.
_IGNORED = bytes([*range(0x18), 0x19, *range(0x1C, 0x20), 0x7F])
_REPEAT = re.compile(rb"\x1b\[([\x00-\x17\x19\x1c-\x1f\x7f0-9]*)b")
_BEGUN = re.compile(rb"\x1b(?:\[[\x00-\x17\x19\x1c-\x1f\x7f0-9]*)?\Z")
_MAX_SEQUENCE_BYTES = 256

_ESC, _CANCEL = b"\x1b", b"\x18"
_START = re.compile(rb"\x1b[\]PX^_]")
_END_OF_OSC = re.compile(rb"[\x07\x1b\x18\x1a]")
_END = re.compile(rb"[\x1b\x18\x1a]")
_LONG = re.compile(
    rb"\x1b(?:\][^\x07\x1b\x18\x1a]{%d}|[PX^_][^\x1b\x18\x1a]{%d})" % ((MAX_STRING_BYTES - 1,) * 2)
)


def string_limit(string: bytes) -> int:
    """How many bytes ``string``, which begins with its ESC, may have without its terminator."""
    head = string[:_HEAD_BYTES]
    if _DATA.match(head):
        return MAX_DATA_STRING_BYTES
    return MAX_SHELL_STRING_BYTES if _SHELL.match(head) else MAX_STRING_BYTES


class StringLimiter:
    """Cancels strings that are too long. ``is_open``: the output stopped within a string."""

    def __init__(self) -> None:
        self._head = b""  # the first bytes of the open string
        self._length = 0  # its length so far
        self._escape = b""  # the ESC at the end of what came before

    @property
    def is_open(self) -> bool:
        return bool(self._head)

    def feed(self, data: bytes) -> bytes:
        """``data``, cut anywhere, with a CAN wherever a string has reached its limit."""
        whole = self._escape + data
        cuts = self._cuts(whole, self._first_of_interest(whole))
        self._escape = _ESC if whole.endswith(_ESC) else b""
        if not cuts:
            return data
        bounds = [len(whole) - len(data), *cuts, len(whole)]
        return _CANCEL.join(whole[a:b] for a, b in pairwise(bounds))

    def _first_of_interest(self, whole: bytes) -> int:
        """Where to begin looking: as a rule only the last ESC can have begun a string that matters."""
        if self._head or (len(whole) > MAX_STRING_BYTES and _LONG.search(whole)):
            return 0
        last = whole.rfind(_ESC)
        return last if last >= 0 else len(whole)

    def _cuts(self, whole: bytes, at: int) -> list[int]:
        """Follow the strings in ``whole`` from ``at``; where one has reached its limit."""
        cuts: list[int] = []
        while True:
            first = at
            if not self._head:
                start = _START.search(whole, at)
                if not start:
                    return cuts
                at, first, self._length = start.start(), start.end(), 0
            if len(self._head) < _HEAD_BYTES:
                self._head += whole[at : at + _HEAD_BYTES]
            end = (_END_OF_OSC if self._head[1:2] == b"]" else _END).search(whole, first)
            stop = end.start() if end else len(whole)
            room = string_limit(self._head) - self._length
            if stop - at > room:
                cuts.append(at + room)
                stop = at + room
            elif not end:
                self._length += stop - at
                return cuts
            at, self._head = stop, b""


class RepeatLimiter:
    """Cancels repeats (REP) when there are far more than any program draws.

    Nine bytes can repeat a character 65,535 times. Programs repeat for a line at most, so what they draw
    stays far below the credit.
    """

    def __init__(self) -> None:
        self._credit = MAX_REPEATS
        self._begun = b""  # a sequence that the output stopped within

    def feed(self, data: bytes) -> bytes:
        """``data``, cut anywhere, with a CAN instead of the end of each repeat that is too much."""
        whole = self._begun + data
        self._credit = min(MAX_REPEATS, self._credit + len(data) * REPEATS_PER_BYTE)
        cut = []
        for repeat in _REPEAT.finditer(whole):
            self._credit -= _count(repeat[1])
            if self._credit < 0:
                cut.append(repeat.end() - 1)
        begun = _BEGUN.search(whole, max(0, len(whole) - _MAX_SEQUENCE_BYTES))
        before = len(self._begun)
        self._begun = begun[0] if begun else b""
        if not cut:
            return data
        changed = bytearray(whole)
        for at in cut:
            changed[at] = _CANCEL[0]
        return bytes(changed[before:])


def _count(parameter: bytes) -> int:
    digits = parameter.translate(None, _IGNORED)[-6:]
    return int(digits) if digits.isdigit() else 1
