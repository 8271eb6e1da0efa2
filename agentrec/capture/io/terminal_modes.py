"""Which modes of the user's terminal the child has switched on, so that they can be switched off.

Used only when a child did not get to clean up after itself: it was killed, or the recorder was.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CHANGE = re.compile(rb"\x1b(?:c|\[(?:\?([0-9;]+)([hl])|([<>])([0-9;]*)u|>4;?([0-9]*)(m)))")
_UNFINISHED = re.compile(rb"\x1b(?:\[(?:[?<>][0-9;]*)?)?")
_MAX_SEQUENCE_BYTES = 64

_PRIVATE_BYTES = (b"?", b"<", b">")
# In text with more of these bytes the pattern is faster.
_MAX_MISSES = 64

# Private modes that are on after a reset; all others are off.
_ON_AT_RESET = frozenset({7, 25})
# Switching these off switches the screen: last, so that the rest is undone where it was done.
_SCREENS = frozenset({47, 1047, 1049})
# xterm's modifyOtherKeys, on or off like a private mode.
_OTHER_KEYS = -4
# Only lasting states of a terminal. 12 (blinking cursor) is on or off at reset, by terminal.
_TRACKED = frozenset(
    {1, 5, 6, 7, 9, 25, 66, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 2004}
    | {2026, 2027, 2031, 2048, *_SCREENS}
)

# End a string that was cut; reset text attributes, character set, keypad and scrolling region.
_RESET = b"\x1b\\\x1b[0m\x1b(B\x0f\x1b>\x1b7\x1b[r\x1b8"


class TerminalModes:
    """Fed with what is about to be shown, and told when it is.

    ``undo()`` resets for a shell whatever may be on, ``redo()`` sets the modes again. Until a terminal
    has taken everything it may be in any state on the way: see :meth:`settle`.
    """

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._keyboard_flags = 0  # entries on the kitty keyboard stack
        self._passed: set[int] = set()  # modes that were changed at some time since settle()
        self._most_keyboard_flags = 0
        self._other_keys = b""  # the level of _OTHER_KEYS
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Whether ``data`` changes what ``undo()`` has to do."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        elif b"\x1b" not in data:
            return False
        last = data.rfind(b"\x1b", -_MAX_SEQUENCE_BYTES)
        if last >= 0 and _UNFINISHED.fullmatch(data, last):
            self._rest = data[last:]
        before = len(self._passed), self._most_keyboard_flags
        for change in self._changes(data):
            self._apply(*change.groups())
        return before != (len(self._passed), self._most_keyboard_flags)

    def _changes(self, data: bytes) -> Iterable[re.Match[bytes]]:
        """All changes in ``data``, in order.

        All but a full reset have a byte after ``ESC [`` that is rare in output, and looking for single bytes
        is ten times as fast as looking for sequences. A full reset matters only if there is something
        to reset.
        """
        starts: list[int] = []
        for byte in _PRIVATE_BYTES:
            found = _sequences(data, byte)
            if found is None:
                return _CHANGE.finditer(data)
            starts += found
        if (starts or self._changed or self._keyboard_flags) and b"\x1bc" in data:
            return _CHANGE.finditer(data)
        matches = (_CHANGE.match(data, start) for start in sorted(starts))
        return [match for match in matches if match]

    def settle(self) -> bool:
        """The terminal has taken everything; whether that changes what ``undo()`` has to do."""
        if self._passed == self._changed and self._most_keyboard_flags == self._keyboard_flags:
            return False
        self._passed = self._changed.copy()
        self._most_keyboard_flags = self._keyboard_flags
        return True

    def _apply(
        self,
        private: bytes | None,
        switch: bytes,
        keyboard: bytes | None,
        number: bytes,
        level: bytes,
        other_keys: bytes | None,
    ) -> None:
        if private:
            for mode in (int(text[:6]) for text in private.split(b";") if text):
                if mode in _TRACKED:
                    self._set(mode, on=switch == b"h")
        elif other_keys:
            self._other_keys = level
            self._set(_OTHER_KEYS, on=bool(level.strip(b"0")))
        elif keyboard == b">":
            self._keyboard_flags = min(self._keyboard_flags + 1, 99)
            self._most_keyboard_flags = max(self._most_keyboard_flags, self._keyboard_flags)
        elif keyboard == b"<":
            self._keyboard_flags = max(
                0, self._keyboard_flags - int(number[:3].split(b";")[0] or b"1")
            )
        else:  # full reset
            self._changed.clear()
            self._keyboard_flags = 0

    def _set(self, mode: int, *, on: bool) -> None:
        if on == (mode in _ON_AT_RESET):
            self._changed.discard(mode)
        else:
            self._changed.add(mode)
            self._passed.add(mode)

    def undo(self) -> bytes:
        """Bytes that leave the terminal as a shell wants it."""
        changed = sorted(self._passed, key=lambda mode: (mode in _SCREENS, mode))
        flags = self._most_keyboard_flags
        keyboard = b"\x1b[<%du" % flags if flags else b""
        switched = b"".join(self._switch(mode, on=mode in _ON_AT_RESET) for mode in changed)
        return _RESET + keyboard + switched

    def redo(self) -> bytes:
        """Bytes that set the child's modes again after ``undo()``; the screen has to be repainted."""
        changed = sorted(self._changed, key=lambda mode: (mode not in _SCREENS, mode))
        keyboard = b"\x1b[>1u" * self._keyboard_flags
        switched = b"".join(self._switch(mode, on=mode not in _ON_AT_RESET) for mode in changed)
        return switched + keyboard

    def _switch(self, mode: int, *, on: bool) -> bytes:
        if mode == _OTHER_KEYS:
            return b"\x1b[>4;%sm" % self._other_keys if on else b"\x1b[>4m"
        return b"\x1b[?%d%c" % (mode, b"h" if on else b"l")


def _sequences(data: bytes, byte: bytes) -> list[int] | None:
    """Where ``ESC [ byte`` begins in ``data``; None if ``byte`` is elsewhere too often."""
    found = []
    misses = 0
    at = data.find(byte)
    while at >= 0:
        if data[max(0, at - 2) : at] == b"\x1b[":
            found.append(at - 2)
        elif (misses := misses + 1) > _MAX_MISSES:
            return None
        at = data.find(byte, at + 1)
    return found
