"""Which modes of the user's terminal the child has switched on, so that they can be switched off.

Used only when a child did not get to clean up after itself: it was killed, or the recorder was.
"""

from __future__ import annotations

import re

_CHANGE = re.compile(rb"\x1b(?:c|\[(?:\?([0-9;]+)([hl])|([<>])([0-9;]*)u))")
_UNFINISHED = re.compile(rb"\x1b(?:\[(?:[?<>][0-9;]*)?)?")
_LONGEST = 64  # of a sequence that sets modes

# Private modes that are on in a fresh terminal; every other one is off.
_BORN_ON = frozenset({7, 25})
# Switching these off switches the screen: last, so that the rest is undone where it was done.
_SCREENS = frozenset({47, 1047, 1049})
# Only what is a lasting state of a terminal. 12 (blinking cursor) differs from birth by terminal.
_TRACKED = frozenset(
    {1, 5, 6, 7, 9, 25, 66, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 2004}
    | {2026, 2027, 2031, 2048, *_SCREENS}
)

# End a string that was cut; plain text attributes, character set and keypad; whole-screen scrolling.
_PLAIN = b"\x1b\\\x1b[0m\x1b(B\x0f\x1b>\x1b7\x1b[r\x1b8"


class Modes:
    """Feed what the terminal shows; ``undo()`` brings it back to a shell's modes, ``redo()`` returns."""

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._keyboards = 0  # entries pushed on the kitty keyboard stack
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Whether ``data`` changed any mode."""
        if self._rest:
            data = self._rest + data
        elif b"\x1b" not in data:
            return False
        before = (len(self._changed), self._keyboards)
        state = self._changed.copy()
        for found in _CHANGE.finditer(data):
            self._apply(*found.groups())
        last = data.rfind(b"\x1b", -_LONGEST)
        whole = last < 0 or not _UNFINISHED.fullmatch(data, last)
        self._rest = b"" if whole else data[last:]
        return before != (len(self._changed), self._keyboards) or state != self._changed

    def _apply(
        self, private: bytes | None, switch: bytes, keyboard: bytes | None, number: bytes
    ) -> None:
        if private:
            for mode in (int(text[:6]) for text in private.split(b";") if text):
                if mode in _TRACKED:
                    on = switch == b"h"
                    (self._changed.discard if on == (mode in _BORN_ON) else self._changed.add)(mode)
        elif keyboard == b">":
            self._keyboards = min(self._keyboards + 1, 99)
        elif keyboard == b"<":
            self._keyboards = max(0, self._keyboards - int(number[:3].split(b";")[0] or b"1"))
        else:  # full reset
            self._changed.clear()
            self._keyboards = 0

    def undo(self) -> bytes:
        """Bytes that leave the terminal as a shell wants it."""
        changed = sorted(self._changed, key=lambda mode: (mode in _SCREENS, mode))
        keyboard = b"\x1b[<%du" % self._keyboards if self._keyboards else b""
        return _PLAIN + keyboard + b"".join(_switch(mode, mode in _BORN_ON) for mode in changed)

    def redo(self) -> bytes:
        """Bytes that set the child's modes again after ``undo()``; the screen has to be repainted."""
        changed = sorted(self._changed, key=lambda mode: (mode not in _SCREENS, mode))
        keyboard = b"\x1b[>1u" * self._keyboards
        return b"".join(_switch(mode, mode not in _BORN_ON) for mode in changed) + keyboard


def _switch(mode: int, on: bool) -> bytes:
    return b"\x1b[?%d%c" % (mode, b"h" if on else b"l")
