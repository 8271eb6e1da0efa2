"""The prefix key: the one key that is for the recorder and not for the child."""

from __future__ import annotations

from agentrec.errors import UsageError

MARK = "mark"
PAUSE = "pause"

# How long the key after the prefix may take.
TIMEOUT_NS = 1_000_000_000


def parse(name: str) -> int | None:
    """The control character of ``"ctrl-x"``; None for ``"none"``. Raises UsageError."""
    text = name.strip().lower()
    if text == "none":
        return None
    key = text.removeprefix("ctrl-").removeprefix("^")
    if len(key) == 1 and key != text and "@" <= key.upper() <= "_" and key not in "[mij@":
        return ord(key.upper()) & 0x1F
    raise UsageError(
        f"invalid prefix key {name!r}",
        r"use ctrl- and a letter or one of \ ] ^ _ (not m, i, j or [), or none",
    )


def _encodings(char: str, plain: int) -> tuple[bytes, ...]:
    """A control key as terminals send it: plain, kitty protocol, xterm's modifyOtherKeys."""
    code = ord(char)
    return (bytes([plain]), b"\x1b[%d;5u" % code, b"\x1b[27;5;%d~" % code)


_ACTIONS = {
    **dict.fromkeys((b"m", b"\x1b[109u", b"\x1b[109;1u", b"M"), MARK),
    **dict.fromkeys((b"p", b"\x1b[112u", b"\x1b[112;1u", b"P"), PAUSE),
}


class PrefixKey:
    """Finds the prefix key in what was typed.

    A key press arrives as one read of its own. Whatever comes in a longer piece (a paste, a mouse
    report, fast typing over a slow line) is never looked into and passes as it is.
    """

    def __init__(self, key: int | None) -> None:
        self._keys = () if key is None else _encodings(chr(key | 0x40).lower(), key)
        self._held = b""
        # When a held prefix has to be let go, in the nanoseconds of `feed`; None if none is held.
        self.deadline: int | None = None

    def feed(self, data: bytes, now: int) -> tuple[bytes, str | None]:
        """What goes to the child, and the action the keys stand for, if any."""
        if self._held:
            return self._second(data)
        for key in self._keys:
            if data == key:
                self._held, self.deadline = data, now + TIMEOUT_NS
                return b"", None
            if data.startswith(key) and (action := _ACTIONS.get(data[len(key) :])):
                return b"", action
        return data, None

    def _second(self, data: bytes) -> tuple[bytes, str | None]:
        held = self._let_go()
        if action := _ACTIONS.get(data):
            return b"", action
        if data in self._keys:  # twice: the key itself
            return data, None
        return held + data, None

    def release(self, now: int) -> bytes:
        """The held prefix once its time is over, else nothing."""
        if self.deadline is None or now < self.deadline:
            return b""
        return self._let_go()

    def _let_go(self) -> bytes:
        held, self._held, self.deadline = self._held, b"", None
        return held
