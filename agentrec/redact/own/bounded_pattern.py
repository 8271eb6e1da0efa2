"""Regular expressions of a user, searched in time that is bounded for each character of a text.

RE2 takes linear time for one search, whatever the pattern. Many matches that each look far ahead would
still add up, so a text with matches is searched in windows. Python's own engine takes exponential time
for patterns such as ``(a+)+$``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol

from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# No match is longer, in bytes; a window has room for one that begins at the end of its first half.
MAX_MATCH_BYTES = 1024
# Of a compiled pattern.
_MAX_MEMORY_BYTES = 4 << 20
# What of a match is the secret.
SECRET_GROUP = "secret"  # noqa: S105 - a name


class _Match(Protocol):
    def span(self, group: str | int = 0) -> tuple[int, int]: ...


class _Regex(Protocol):
    groupindex: dict[str, int]

    def search(self, text: bytes, pos: int, endpos: int) -> _Match | None: ...

    def fullmatch(self, text: bytes) -> _Match | None: ...


class BoundedPattern:
    """A pattern in RE2's syntax. Raises ValueError, in words for the user, for one that is invalid."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self._regex = _compiled(pattern)
        self._group = self._regex.groupindex.get(SECRET_GROUP, 0)
        if self._regex.fullmatch(b""):
            raise ValueError("it matches the empty text")

    def fits(self, text: str) -> bool:
        """Whether all of ``text`` matches."""
        return self._regex.fullmatch(_encoded(text)) is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where ``text`` has a secret, in order: the group ``secret`` of each match, or all of it."""
        data = _encoded(text)
        first = self._regex.search(data, 0, len(data))
        if first is None:
            return
        to_chars: Callable[[int], int] = int if text.isascii() else _CharOffsets(data)
        for start, stop in self._in_windows(data, first.span()[0]):
            yield to_chars(start), to_chars(stop)

    def _in_windows(self, data: bytes, at: int) -> Iterator[tuple[int, int]]:
        while at < len(data):
            end = min(len(data), at + 2 * MAX_MATCH_BYTES)
            match = self._regex.search(data, at, end)
            if match is None:
                at += MAX_MATCH_BYTES
                continue
            first, last = match.span()
            if first > at and last == end < len(data):  # it may go on behind the window
                at = first
                continue
            start, stop = match.span(self._group)
            if stop > start:
                yield start, stop
            at = max(stop, first + 1)  # what ends one may begin the next


class _CharOffsets:
    """The character at a byte, for bytes in rising order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = self._chars = 0

    def __call__(self, at: int) -> int:
        self._chars += len(self._data[self._at : at].decode("utf-8", "replace"))
        self._at = at
        return self._chars


def _encoded(text: str) -> bytes:
    """Surrogates as ``?``: what has them is text all the same."""
    return text.encode("utf-8", "replace")


def _compiled(pattern: str) -> _Regex:
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        raise UsageError(
            "rules with a pattern need the library RE2", "install it, or use rules with a keyword"
        ) from None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    try:
        regex: _Regex = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be compiled"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(text) from None
    return regex
