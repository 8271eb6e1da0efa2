"""Splits terminal output into tokens, incrementally: text, controls and escape sequences.

It follows the usual VT state machine for a UTF-8 terminal: ESC always starts a new sequence, CAN and SUB
cancel one, and bytes from 0x80 up are text, never 8-bit controls. A string that is too long for its kind
ends there, see :mod:`agentrec.terminal.control_strings`. Nothing is lost: the tokens of any stream,
joined, are the stream.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.terminal.control_strings import MAX_STRING_BYTES, string_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "text"  # no byte below 0x20 and no DEL; may end within a UTF-8 character
C0 = "c0"  # one control byte, or DEL
ESC = "esc"  # ESC, intermediates, final
CSI, OSC, DCS, SOS, PM, APC = "csi", "osc", "dcs", "sos", "pm", "apc"  # whole, with terminator
BAD = "bad"  # a sequence interrupted by something that cannot belong to it
OVERLONG = "overlong"  # a piece of a sequence longer than MAX_SEQUENCE_BYTES

# Longer strings (images, clipboards) come in pieces, so that memory stays bounded. CSI parameters are
# limited to 256 bytes; every terminal has such a limit.
MAX_SEQUENCE_BYTES = MAX_STRING_BYTES

_TOKEN = re.compile(
    rb"(?P<text>[^\x00-\x1f\x7f]+)"
    rb"|(?P<c0>[\x00-\x1a\x1c-\x1f\x7f])"
    rb"|(?P<csi>\x1b\[[0-?]{0,256}[ -/]{0,8}[@-~])"
    rb"|(?P<osc>\x1b\][^\x07\x1b\x18\x1a]*(?:\x07|\x1b\\))"
    rb"|(?P<dcs>\x1bP[^\x1b\x18\x1a]*\x1b\\)"
    rb"|(?P<sos>\x1bX[^\x1b\x18\x1a]*\x1b\\)"
    rb"|(?P<pm>\x1b\^[^\x1b\x18\x1a]*\x1b\\)"
    rb"|(?P<apc>\x1b_[^\x1b\x18\x1a]*\x1b\\)"
    rb"|(?P<esc>\x1b(?:[ -/]{1,8}[0-~]|[0-OQ-WYZ\\`-~]))"
)
# The well-formed start of a sequence. At the end of the input it may still be completed.
_START = re.compile(
    rb"\x1b(?:\[[0-?]{0,256}[ -/]{0,8}|\][^\x07\x1b\x18\x1a]*|[PX^_][^\x1b\x18\x1a]*|[ -/]{0,8})"
)
_STRINGS = b"]PX^_"
_END_OF_OSC = re.compile(rb"[\x07\x18\x1a]|\x1b")
_END_OF_STRING = re.compile(rb"[\x18\x1a]|\x1b")


class Token(NamedTuple):
    kind: str
    data: bytes


class Tokenizer:
    """Feed bytes, get tokens. A sequence that the end of the input cuts waits for the next call."""

    def __init__(self) -> None:
        self._carry = b""
        self._overlong: re.Pattern[bytes] | None = None  # finds the end of the one we are in
        self._room = 0  # how much longer that one may get

    @property
    def unfinished(self) -> bytes:
        """What waits for the next call."""
        return self._carry

    def feed(self, data: bytes) -> Iterator[Token]:
        """Yield the tokens that are complete now. The iterator must be exhausted."""
        data = self._carry + data
        self._carry = b""
        at = 0
        while at < len(data):
            if self._overlong:
                stop = self._end_of_overlong(data, at, self._overlong)
                if stop > at:
                    yield Token(OVERLONG, data[at:stop])
                at = stop
                if self._carry:
                    return
                continue
            match = _TOKEN.match(data, at)
            token = _measured(str(match.lastgroup), match[0]) if match else self._start(data, at)
            if token is None:
                return
            yield token
            at += len(token.data)

    def finish(self) -> Iterator[Token]:
        """Yield what is left at the end of the input."""
        if self._carry:
            yield Token(OVERLONG if self._overlong else BAD, self._carry)
        self._carry, self._overlong = b"", None

    def _start(self, data: bytes, at: int) -> Token | None:
        """The malformed or overlong sequence at ``at``; None when it waits for more input."""
        match = _START.match(data, at)
        assert match  # every ESC is at least the start of something
        stop = match.end()
        string = data[at + 1 : at + 2] in _STRINGS and stop - at > 1
        if stop < len(data) and not (string and data[stop:] == b"\x1b"):
            return _measured(BAD, match[0])
        if stop - at <= MAX_SEQUENCE_BYTES:
            self._carry = data[at:]
            return None
        self._room = string_limit(match[0]) - (stop - at)  # nothing but a string gets this long
        if self._room < 0:
            return Token(OVERLONG, match[0][: self._room])
        osc = data[at + 1 : at + 2] == b"]"
        self._overlong = _END_OF_OSC if osc else _END_OF_STRING
        return Token(OVERLONG, match[0])

    def _end_of_overlong(self, data: bytes, at: int, end: re.Pattern[bytes]) -> int:
        """Where the overlong string that continues at ``at`` ends, or the input does."""
        match = end.search(data, at)
        stop = match.start() if match else len(data)
        self._room -= stop - at
        if self._room < 0:
            self._overlong = None
            return stop + self._room
        if not match:
            return stop
        if match[0] == b"\x1b" and stop == len(data) - 1:  # perhaps half a terminator
            self._carry = b"\x1b"
            return stop
        self._overlong = None
        if match[0] == b"\x07":
            return stop + 1
        return stop + 2 if data[stop : stop + 2] == b"\x1b\\" else stop


def _measured(kind: str, data: bytes) -> Token:
    """The token, OVERLONG or cut where it is too long; does not depend on how the input was split."""
    if len(data) <= MAX_SEQUENCE_BYTES or kind == TEXT:
        return Token(kind, data)
    size = len(data) - (0 if kind == BAD else 2 if data.endswith(b"\x1b\\") else 1)
    if size > (limit := string_limit(data)):
        return Token(OVERLONG, data[:limit])
    return Token(OVERLONG if size > MAX_SEQUENCE_BYTES else kind, data)
