"""A screen as output that brings another terminal of the same size into the same state.

For players with a terminal emulator of their own, such as the web page. Cells are drawn by :mod:`sgr`;
modes, scrolling region, tab stops, cursor, pen and character sets are reported by the engine.
Palette colors that a program has changed are left out.
"""

from __future__ import annotations

import re

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.sgr import render

_PEN = ("style", "hyperlink", "protection", "charsets")
_SHAPES = {"block": 2, "underline": 4, "bar": 6, "hollow": 2}
_ORIGIN, _WRAPS, _BLINKS, _MARGINS, _CLUSTERS = 6, 7, 12, 69, 2027
_INSERTS = 4
_NO_SCROLLBACK_LINES = 0
_PLAIN = b"\x1b]8;;\x1b\\\x1b[0m\x1b(B\x0f"
# No mode that would change how cells are drawn.
_DRAWING_MODES = b"\x1b[?2027h\x1b[?69l\x1b[?6l\x1b[4l\x1b[?7h\x1b[H"
_REGION = re.compile(rb"\x1b\[(\d+);\d+r")


def redraw(screen: Screen, scrollback: int = 200) -> bytes | None:
    """Output for a terminal that was just reset, with up to ``scrollback`` lines above the screen.

    None in the middle of an escape sequence or character: try again after the next event.
    """
    state = screen.snapshot()
    if state is None or not screen.between_sequences:
        return None
    drawn = b""
    if screen.modes.alt_screen:
        main = Screen.restore(state)
        main.feed(b"\x1b[?1049l")
        # Switching to the other screen, which is one of the modes, saves the cursor of this one.
        drawn = _cells(main, scrollback) + _codes(main, (), ("cursor", *_PEN)) + _shape(main)
    drawn += _codes(screen, ("modes",), ()) + _PLAIN + _DRAWING_MODES + _cells(screen, scrollback)
    drawn += _saved(state) + _settings(screen)
    drawn += _codes(screen, (), _PEN) + _title(screen)
    return drawn + (_shape(screen) or (b"\x1b[0 q" if screen.modes.alt_screen else b""))


def _cells(screen: Screen, scrollback: int) -> bytes:
    above = screen.scrollback_lines
    drawn = [render(runs) + "\r\n" for runs in screen.history(max(0, above - scrollback), above)]
    rows = screen.styled_rows()
    below = [render(runs) for runs in rows]
    for y, runs in enumerate(rows[:-1]):
        # A row that continues in the next one is drawn in full, so that it wraps there too.
        if screen.row_wraps(y):
            drawn.append(render(runs, whole=True))
            below[y + 1] = below[y + 1] or " "
        else:
            drawn.append(below[y] + "\r\n")
    return "".join([*drawn, below[-1]]).encode("utf-8", "replace")


def _saved(state: bytes) -> bytes:
    """Save the cursor that the program saved."""
    other = Screen.restore(state, _NO_SCROLLBACK_LINES)
    other.feed(b"\x1b8")
    return _codes(other, (), ("cursor", *_PEN)) + b"\x1b7" + _PLAIN


def _codes(screen: Screen, terminal: tuple[str, ...], pen: tuple[str, ...]) -> bytes:
    """The state of ``screen`` besides its cells."""
    state = screen.snapshot()
    blank = Screen.restore(state, _NO_SCROLLBACK_LINES) if state else screen
    blank.feed(b"\x1b[2J\x1b[3J")
    return blank.codes(terminal, pen)


def _settings(screen: Screen) -> bytes:
    """What later output depends on: region, tab stops, three modes, and the cursor."""
    region = b"\x1b[?69h" if screen.mode(_MARGINS) else b""
    region += _codes(screen, ("scrolling_region", "tabstops"), ())
    match = _REGION.search(region)
    origin = screen.mode(_ORIGIN)
    first = int(match[1]) - 1 if origin and match else 0
    modes = b"\x1b[?6h" if origin else b""
    modes += b"\x1b[4h" if screen.mode(_INSERTS, ansi=True) else b""
    modes += b"" if screen.mode(_WRAPS) else b"\x1b[?7l"
    modes += b"" if screen.mode(_CLUSTERS) else b"\x1b[?2027l"
    x, y, *_ = screen.cursor
    at = b"\x1b[%d;%dH" % (y + 1 - first, x + 1)
    return region + modes + at + (_pending(screen, b"\x1b[%d;" % (y + 1 - first)))


def _pending(screen: Screen, row: bytes) -> bytes:
    """Where the cursor is past the last column: draw its row again to put it there."""
    if not screen.wrap_pending or screen.cursor.x != screen.cols - 1:
        return b""
    runs = screen.row(screen.cursor.y)
    return row + b"1H" + render(runs, whole=True).encode("utf-8", "replace")


def _title(screen: Screen) -> bytes:
    title = "".join(char for char in screen.title if char.isprintable())
    return f"\x1b]2;{title}\x1b\\".encode("utf-8", "replace") if title else b""


def _shape(screen: Screen) -> bytes:
    shape = screen.cursor.shape
    blinks = screen.mode(_BLINKS)
    if shape in ("block", "hollow") and not blinks:
        return b""
    return b"\x1b[%d q" % (_SHAPES[shape] - blinks)
