"""Follows the screen of a paused recording: the process behind :mod:`agentrec.capture.pausing.pausable_sink`.

``python -m agentrec.terminal.seek.paused_screen FILE`` starts with the screen at the end of FILE. Records
come on standard input: u8 kind (as in a batch), u32 length, payload. After one of the kind SHOW it writes
u32, how many outputs it has taken since, and output that brings a terminal from the screen at the end of FILE
to the one there is now; then it ends. With the argument ``encrypted`` after FILE, the first record is of the
kind KEYS, and has what opens it.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

from agentrec.recording.format import batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from agentrec.terminal.engine.screen import Screen

# The recorder imports this module: the terminal engine is for the process alone.
RECORD = struct.Struct("<BI")
SHOW, KEYS = 255, 254
ENCRYPTED = "encrypted"
TAKEN = struct.Struct("<I")
# Ends whatever sequence is unfinished, and resets the terminal.
_RESET = b"\x18\x1bc"
_PRIVATE_MODES = (
    *(1, 5, 6, 7, 9, 12, 25, 40, 45, 66, 69, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016),
    *(1035, 1036, 1039, 1045, 2004, 2026, 2027, 2031, 2048),
)
_LEAVE_ALTERNATE = b"\x1b[?1049l"
# Inserting, line feeds, margins, keyboard, keypad, tab stops, pen, link, character sets, cursor's shape.
_PLAIN = b'\x1b[4l\x1b[20l\x1b[r\x1b[<99u\x1b>\x1b[?5W\x1b[0m\x1b]8;;\x1b\\\x1b(B\x1b)B\x0f\x1b[0"q\x1b[0 q'


def main() -> None:
    """Answer on standard output."""
    from agentrec.recording.encryption import own_keys
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

    if len(sys.argv) > 2:  # FILE is encrypted
        own_keys.take(next(payload for kind, payload in _records(sys.stdin.buffer) if kind == KEYS))
    with Recording.open(sys.argv[1]) as recording, Timeline(recording) as timeline:
        screen = timeline.screen_after(timeline.count)
        sys.stdout.buffer.write(answer(screen, sys.stdin.buffer))


def answer(screen: Screen, requests: BinaryIO) -> bytes:
    """What to write once the screen is to be shown, and can be; empty when the input ends before."""
    cleared, lines = clearing(screen), screen.scrollback_lines
    from agentrec.terminal.output.redraw import redraw
    from agentrec.terminal.seek.screen_feed import resize_screen

    taken, is_shown = 0, False
    for kind, payload in _records(requests):
        if kind == SHOW:
            is_shown = True
        elif kind == batch.RESIZE:
            resize_screen(screen, *batch.SIZE.unpack(payload))
        else:
            screen.feed(payload)
            taken += is_shown
        # None in the middle of a sequence: its end is yet to come.
        if is_shown and (drawn := redraw(screen, 0)) is not None:
            scrolled = scrolling(screen, screen.scrollback_lines - lines)
            return TAKEN.pack(taken) + cleared + scrolled + drawn
    return b""


def clearing(screen: Screen) -> bytes:
    """Output that leaves ``screen`` as after a reset, but for its text."""
    from agentrec.terminal.engine.screen import Screen as NewScreen

    state = screen.snapshot()
    if state is None:
        return _RESET
    copy = NewScreen.restore(state)
    fresh = NewScreen(copy.cols, copy.rows, 0)
    codes = _LEAVE_ALTERNATE if copy.modes.alt_screen else b""
    for mode in _PRIVATE_MODES:
        if copy.mode(mode) != fresh.mode(mode):
            codes += b"\x1b[?%d%c" % (mode, b"h" if fresh.mode(mode) else b"l")
    return codes + _PLAIN


def scrolling(screen: Screen, lines: int) -> bytes:
    """Output that makes the first ``lines`` on the screen scrollback, and erases the others."""
    return b"\x1b[%d;1H" % screen.rows + b"\n" * min(max(lines, 0), screen.rows) + b"\x1b[H\x1b[2J"


def _records(requests: BinaryIO) -> Iterator[tuple[int, bytes]]:
    while len(head := requests.read(RECORD.size)) == RECORD.size:
        kind, length = RECORD.unpack(head)
        yield kind, requests.read(length)


if __name__ == "__main__":
    main()
