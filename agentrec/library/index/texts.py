"""Text as the index stores it: bounded, without control characters, and split into words it can find."""

from __future__ import annotations

import re
import zlib
from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

# Scripts without spaces between words: each character becomes a word of its own, by an invisible separator
# after it that the tokenizer knows and `plain` removes.
_UNSPACED = re.compile(
    r"([\u0e00-\u0eff\u1000-\u109f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_SEPARATOR = "\u200b"
# Escape sequences for colors occur between and within words.
# A string without an end hides nothing: only what begins it is left out.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,8192}+(?:\x07|\x1b\\)"
    r"|[PX^_][^\x1b]{0,8192}+\x1b\\|[ -/]*[0-~])"
)
# A no-break space is a blank, also for those who copy a line of a hit.
_CONTROLS = dict.fromkeys((*range(10), *range(11, 32), 127, 0xA0, 0x202F), " ")
# A text that is cut within a line is cut between words, if one ends in so many characters before the cut,
# and the next piece repeats as much, so that a phrase is whole in one of them.
_OVERLAP_CHARS = 200
_COMPRESSION_LEVEL = 6


def indexed(text: str) -> str:
    """``text`` as the index stores it: without control characters except line feeds."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = text.translate(_CONTROLS)
    if text.isascii():
        return text
    text = storable(text, len(text)).replace(_SEPARATOR, "")
    return _UNSPACED.sub(rf"\1{_SEPARATOR}", text)


def storable(value: object, limit: int) -> str:
    """At most ``limit`` characters of a string, encodable as UTF-8; empty for any other value."""
    text = value[:limit] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """The text that was given to :func:`indexed`."""
    return text.replace(_SEPARATOR, "")


def pieces(text: str, size: int) -> Iterator[str]:
    """The whole text in pieces of at most ``size`` characters, cut between lines if possible."""
    start, overlap = 0, min(_OVERLAP_CHARS, size // 4)
    while len(text) - start > size:
        cut = text.rfind("\n", start + size // 2, start + size)
        if cut >= 0:
            yield text[start:cut]
            start = cut + 1
            continue
        cut = _blank_before(text, start + size, overlap)
        yield text[start:cut]
        start = _blank_before(text, cut - overlap, overlap)
    yield text[start:]


def _blank_before(text: str, end: int, chars: int) -> int:
    """Where the last blank in the ``chars`` before ``end`` is, or ``end`` if there is none."""
    at = text.rfind(" ", end - chars, end)
    return at if at >= 0 else end


def packed(text: str) -> bytes:
    """``text`` as the database stores it."""
    return zlib.compress(text.encode(), _COMPRESSION_LEVEL)


def unpacked(data: bytes | None) -> str | None:
    """The text that was given to :func:`packed`."""
    return None if data is None else zlib.decompress(data).decode()


def flat(value: object) -> str:
    """All texts and numbers in a JSON value, one per line with its name; a single value has no name."""
    if isinstance(value, dict) and len(value) == 1:
        return flat(next(iter(value.values())))
    return "\n".join(_leaves(value))


def _leaves(value: object) -> Iterator[str]:
    rest: list[tuple[str, object]] = [("", value)]
    while rest:
        name, value = rest.pop()
        if isinstance(value, dict):
            rest.extend((str(key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            rest.extend(zip(repeat(name), reversed(value)))
        elif value is not None and value != "":
            yield f"{name}: {value}" if name else str(value)


class HeadAndTail(Generic[T]):
    """Keeps the first and the last items, by weight; ``left_out`` is the weight of those between."""

    def __init__(self, head: int, tail: int) -> None:
        self._head_room, self._tail = head, tail
        self._first: list[T] = []
        self._last: deque[tuple[int, T]] = deque()
        self._tail_weight = 0
        self.left_out = 0

    @property
    def full(self) -> bool:
        """Whether the first part is complete."""
        return self._head_room <= 0

    def add(self, weight: int, item: T) -> None:
        if not self.full:
            self._head_room -= weight
            self._first.append(item)
            return
        self._last.append((weight, item))
        self._tail_weight += weight
        while self._tail_weight > self._tail and len(self._last) > 1:
            dropped, _ = self._last.popleft()
            self._tail_weight -= dropped
            self.left_out += dropped

    def items(self) -> list[T]:
        return [*self._first, *(item for _, item in self._last)]
