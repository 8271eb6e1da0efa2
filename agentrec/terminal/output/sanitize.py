"""Makes recorded output safe to play in the user's own terminal.

A recording may come from anybody. Sequences that draw pass: text, colors, cursor movement, erasing,
scrolling, the alternate screen. Sequences with other effects do not: clipboard, titles, notifications,
queries whose replies would be typed into the shell, mouse and keyboard modes, window operations,
printers. This is an allow list; everything unknown is dropped.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from agentrec.terminal.output import tokenizer

if TYPE_CHECKING:
    from agentrec.terminal.output.tokenizer import Token

# Backspace, tab, line feeds, carriage return, and the two shifts of line-drawing programs.
_CONTROLS = frozenset((b"\b", b"\t", b"\n", b"\v", b"\f", b"\r", b"\x0e", b"\x0f"))
# Cursor save and restore, index, next line, reverse index, tab stop, line size, charset 0, A, B.
_ESCAPES = re.compile(rb"\x1b(?:[78DEHM]|#[34568]|[()*+][0AB])\Z")
_NUMBERS = rb"[0-9]{0,5}(?:[;:][0-9]{0,5}){0,31}"
_DRAWING = re.compile(
    rb"\x1b\[(?:"
    rb"(?:" + _NUMBERS + rb")m"
    rb"|[0-9]{0,5}[@ABCDEFGIJKLMPSTXZ`abdeg]"
    rb"|[0-9]{0,5};?[0-9]{0,5}[Hfrs]"
    rb"|u"
    rb"|4[hl]"  # insert mode
    rb"|\?[0-2]?[JK]"
    rb"|[0-6]? q"  # cursor shape
    rb'|[0-2]?"q'  # protected text
    rb")\Z"
)
_PRIVATE_MODES = re.compile(rb"\x1b\[\?([0-9;]{1,64})([hl])\Z")
# Reverse video, origin, wrap, cursor blink and visibility, reverse wrap, side margins, alternate
# screens and saved cursor, synchronized output.
_MODES = frozenset(
    (b"5", b"6", b"7", b"12", b"25", b"45", b"47", b"69", b"1047", b"1048", b"1049", b"2026")
)
_LINK = re.compile(rb"\x1b\]8;([^;]*);([^\x07\x1b]*)(?:\x07|\x1b\\)\Z")
_LINK_ID = re.compile(rb"id=[A-Za-z0-9_.-]{1,64}\Z")
_SAFE_URI = re.compile(r"(?:https?://|mailto:)[!-~]{1,2000}\Z", re.IGNORECASE)
_C1 = dict.fromkeys(range(0x80, 0xA0))

_NO_LINK = b"\x1b]8;;\x1b\\"
_SOFT_RESET = b"\x1b[0m\x1b[4l\x1b[?7h\x1b[?25h\x1b(B\x0f"
# A full reset would also reset the user's own settings; this resets only what drawing depends on.
_FULL_RESET = b"\x1b[?2026l\x1b[?1049l" + _SOFT_RESET + b"\x1b[?69l\x1b[?6l\x1b[r\x1b[H\x1b[2J"

RESET = (
    # Saving first keeps the cursor where it is if the alternate screen is not on.
    b"\x1b[?2026l" + _NO_LINK + b"\x1b7\x1b[?1049l"
    b"\x1b7\x1b[?69l\x1b[r\x1b8"  # no margins; setting them moves the cursor
    b"\x1b[?5l\x1b[?45l\x1b[0 q\x1b)B" + _SOFT_RESET
)
"""Restores a terminal after playback, wherever that stopped, without moving the cursor.

See also :meth:`Sanitizer.reset`."""


def safe_link(uri: str) -> bool:
    """Whether a hyperlink may be handed to the user's terminal: web and mail, plain ASCII."""
    return _SAFE_URI.match(uri) is not None


class Sanitizer:
    """Feed recorded output, split anywhere, and get what may be written to a real terminal."""

    def __init__(self) -> None:
        self._tokenizer = tokenizer.Tokenizer()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._origin = False

    def feed(self, data: bytes) -> bytes:
        """The safe part of what is complete; an unfinished sequence is held back."""
        return b"".join(map(self._pass, self._tokenizer.feed(data)))

    def reset(self) -> bytes:
        """What to write at the end: RESET, and origin mode off if it was ever on.

        Only the latter moves the cursor, to the top left corner, so it is left out where possible.
        """
        return RESET + b"\x1b[?6l" if self._origin else RESET

    def _pass(self, token: Token) -> bytes:
        if token.kind == tokenizer.TEXT:
            # Some terminals take U+0080 to U+009F as controls, even when encoded as UTF-8.
            return self._decoder.decode(token.data).translate(_C1).encode()
        partial = self._decoder.decode(
            b"", final=True
        ).encode()  # a character that was never finished
        safe = _safe(token)
        private = _PRIVATE_MODES.match(safe)
        if private and b"6" in private[1].split(b";"):
            self._origin = True
        return partial + safe


def _safe(token: Token) -> bytes:
    kind, data = token
    if kind == tokenizer.C0:
        return data if data in _CONTROLS else b""
    if kind == tokenizer.CSI:
        return _safe_csi(data)
    if kind == tokenizer.ESC:
        return _FULL_RESET if data == b"\x1bc" else data if _ESCAPES.match(data) else b""
    return _safe_link(data) if kind == tokenizer.OSC else b""


def _safe_csi(data: bytes) -> bytes:
    if _DRAWING.match(data):
        return data
    if data == b"\x1b[!p":
        return _SOFT_RESET
    private = _PRIVATE_MODES.match(data)
    if not private:
        return b""
    modes = [mode for mode in private[1].split(b";") if mode in _MODES]
    return b"\x1b[?%s%s" % (b";".join(modes), private[2]) if modes else b""


def _safe_link(data: bytes) -> bytes:
    link = _LINK.match(data)
    if not link:
        return b""
    if not safe_link(link[2].decode("latin-1")):
        return _NO_LINK  # the text that follows must not join the link before
    name = link[1] if _LINK_ID.match(link[1]) else b""
    return b"\x1b]8;%s;%s\x1b\\" % (name, link[2])
