"""Which typed bytes are a secret and must never be stored."""

from __future__ import annotations

import re

# A prompt at the end of what was shown, also after stars that stand for what was typed so far.
_PROMPT = re.compile(
    rb"(?:passw(?:or)?d|passphrase|passcode|\bpin\b|secret|token|api[ _-]?key|credentials?"
    rb"|verification code|one[- ]time code|\botp\b)"
    rb"[^\n:?>]{0,80}[:?>]\s*[*\xe2\x80\xa2\xe2\x97\x8f]*\s*$",
    re.IGNORECASE,
)
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_=>78])")
_ENTER_OR_CANCEL = re.compile(rb"[\r\n\x03\x04]")  # Enter, Ctrl-C, Ctrl-D
_TAIL_BYTES = 400


class PasswordFilter:
    """Splits typed bytes into what may be stored and what may not.

    A secret lasts from the first byte typed while the terminal hides input, or at a prompt that asks
    for one, to the Enter that ends it.
    """

    def __init__(self) -> None:
        self._screen_tail = b""
        self._in_secret = False

    def output(self, data: bytes) -> None:
        """What the terminal showed, in which a prompt is recognized."""
        whole = data if len(data) >= _TAIL_BYTES else self._screen_tail + data
        self._screen_tail = whole[-_TAIL_BYTES:]

    def input(self, data: bytes, *, hidden: bool) -> tuple[bytes, str | None]:
        """``(what may be stored, reason)``; the reason is set where a secret begins, once per secret.

        What follows the Enter in the same piece is dropped too: whether it is hidden is not known yet.
        """
        if self._in_secret:
            self._in_secret = not _ENTER_OR_CANCEL.search(data)
            return b"", None
        if not hidden and not self._at_prompt():
            return data, None
        self._in_secret = not _ENTER_OR_CANCEL.search(data)
        self._screen_tail = b""  # this prompt has had its answer
        return b"", "password"

    def _at_prompt(self) -> bool:
        line = self._screen_tail.rpartition(b"\n")[2]
        return bool(_PROMPT.search(_ESCAPES.sub(b"", line)))
