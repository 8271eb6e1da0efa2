"""Which modes of the user's terminal the child has switched on, so that they can be switched off.

Used only when a child did not get to clean up after itself: it was killed, or the recorder was.
"""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# All that is looked for; what is between `ESC [` and the last byte of a change.
_CHANGE = re.compile(rb"\x1b(?:c|\[(?:\?[0-9;]+[hl]|[<>][0-9;]*u|>4;?[0-9]*m))")
_UNFINISHED = re.compile(rb"\x1b(?:\[(?:[?<>][0-9;]*)?)?")
_MAX_SEQUENCE_BYTES = 64
# Two bytes are found faster by a pattern than by `in`.
_FULL_RESET = re.compile(rb"\x1bc")

# All changes but a full reset have one of these after `ESC [`.
_PRIVATE_BYTES = (b"?", b"<", b">")
_PRIVATE = re.compile(rb"\x1b\[[?<>]")
# In text with more of these bytes the pattern is faster.
_MAX_MISSES = 64

# Private modes that are on after a reset; all others are off.
_ON_AT_RESET = frozenset({7, 25})
# On and off again with every frame, and harmless to switch off twice.
_FLICKERING = frozenset({25, 2026})
# What switches each of them: the mode, and whether it is as after a reset then. A screen that repaints
# has little else.
_FLICKER = {
    b"\x1b[?%d%c" % (mode, final): (mode, (final == ord("h")) == (mode in _ON_AT_RESET))
    for mode in _FLICKERING
    for final in b"hl"
}
_FLICKER_SEQUENCES = frozenset(_FLICKER)
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
        # What to undo: all that was changed at some time since settle().
        self._passed: set[int] = set()
        self._most_keyboard_flags = 0
        self._other_keys = b""  # the level of _OTHER_KEYS
        self._rest = b""
        self.settled = True  # no mode was named since settle()

    def feed(self, data: bytes) -> bool:
        """Whether ``data`` changes what ``undo()`` has to do."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        elif b"\x1b" not in data:
            return False
        has_private = _has_private(data)
        self._rest = _unfinished(data) if has_private else _begun(data)
        sequences = self._sequences(data, has_private=has_private)
        if not sequences:
            return False
        if _FLICKER_SEQUENCES.issuperset(sequences):
            return self._flicker(sequences)
        before = len(self._passed), self._most_keyboard_flags
        for sequence in sequences:
            self._apply(sequence)
        self.settled = False
        return before != (len(self._passed), self._most_keyboard_flags)

    def _sequences(self, data: bytes, *, has_private: bool) -> Sequence[bytes]:
        """All changes in ``data``, in order. A full reset matters only if there is something to reset."""
        if has_private or (self._is_any_on and _FULL_RESET.search(data)):
            return _CHANGE.findall(data)
        return ()

    @property
    def _is_any_on(self) -> bool:
        return bool(self._changed or self._keyboard_flags)

    def settle(self) -> bool:
        """The terminal has taken everything; whether that changes what ``undo()`` has to do."""
        self.settled = True
        flickering = self._passed & _FLICKERING
        changed = self._changed | flickering
        if (self._passed, self._most_keyboard_flags) == (changed, self._keyboard_flags):
            return False
        self._passed = changed
        self._most_keyboard_flags = self._keyboard_flags
        return True

    def _flicker(self, sequences: Sequence[bytes]) -> bool:
        """Apply ``sequences`` that only switch flickering modes; whether that changes ``undo()``.

        Once they were switched, they are always undone: then there is nothing to settle.
        """
        changes = [_FLICKER[sequence] for sequence in sequences]
        for mode, as_after_reset in dict(changes).items():  # the last change of each
            (self._changed.discard if as_after_reset else self._changed.add)(mode)
        new = {mode for mode, as_after_reset in changes if not as_after_reset} - self._passed
        self._passed |= new
        return bool(new)

    def _apply(self, sequence: bytes) -> None:
        kind, final, numbers = sequence[2:3], sequence[-1:], sequence[3:-1]
        if kind == b"?":
            for mode in _tracked(numbers):
                self._set(mode, on=final == b"h")
        elif final == b"m":
            self._other_keys = numbers[1:].removeprefix(b";")
            self._set(_OTHER_KEYS, on=bool(self._other_keys.strip(b"0")))
        elif kind == b">":
            self._keyboard_flags = min(self._keyboard_flags + 1, 99)
            self._most_keyboard_flags = max(self._most_keyboard_flags, self._keyboard_flags)
        elif kind == b"<":
            popped = int(numbers[:3].split(b";")[0] or b"1")
            self._keyboard_flags = max(0, self._keyboard_flags - popped)
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


@lru_cache(maxsize=256)
def _tracked(numbers: bytes) -> tuple[int, ...]:
    """Those of the modes ``numbers`` (``1000;1006``) that are undone."""
    modes = (int(text[:6]) for text in numbers.split(b";") if text)
    return tuple(mode for mode in modes if mode in _TRACKED)


def _has_private(data: bytes) -> bool:
    """Whether ``ESC [`` and one of the private bytes are in ``data``.

    The private bytes are rare in output, and looking for single bytes is ten times as fast as looking
    for sequences.
    """
    misses = 0
    for byte in _PRIVATE_BYTES:
        at = data.find(byte)
        while at >= 0:
            if data[max(0, at - 2) : at] == b"\x1b[":
                return True
            if (misses := misses + 1) > _MAX_MISSES:
                return bool(_PRIVATE.search(data))
            at = data.find(byte, at + 1)
    return False


def _unfinished(data: bytes) -> bytes:
    """The sequence that ``data`` ends within, if it may become a change."""
    last = data.rfind(b"\x1b", -_MAX_SEQUENCE_BYTES)
    return data[last:] if last >= 0 and _UNFINISHED.fullmatch(data, last) else b""


def _begun(data: bytes) -> bytes:
    """The same of data without private bytes in a sequence."""
    return data[data.rindex(b"\x1b") :] if data.endswith((b"\x1b", b"\x1b[")) else b""
