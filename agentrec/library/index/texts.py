"""Text as the index keeps it: bounded, without control characters, and with words it can find."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

LEAVES = 2000  # values of one JSON object that are looked at

# Languages that put no blanks between words: each sign becomes a word of its own, by an invisible
# separator behind it that the tokenizer knows and `plain` takes away again.
_UNSPACED = re.compile(
    r"([\u0e00-\u0eff\u1000-\u109f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_SEPARATOR = "\u200b"
# What programs colour their output with stands between and within words.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = dict.fromkeys((*range(10), *range(11, 32), 127), " ")


def indexed(text: str) -> str:
    """``text`` as it goes into the index: of all control characters only line feeds stay."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = text.translate(_CONTROLS)
    if text.isascii():
        return text
    text = storable(text, len(text)).replace(_SEPARATOR, "")
    return _UNSPACED.sub(rf"\1{_SEPARATOR}", text)


def storable(value: object, limit: int) -> str:
    """A text that a database takes; an empty one for what is no text."""
    text = value[:limit] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode()


def plain(text: str) -> str:
    """What was given to :func:`indexed`."""
    return text.replace(_SEPARATOR, "")


def clipped(text: str, head: int, tail: int) -> str:
    """The first ``head`` and the last ``tail`` characters of a longer text."""
    if len(text) <= head + tail:
        return text
    return f"{text[:head]}\n…\n{text[len(text) - tail :]}"


def flat(value: Any) -> str:
    """All that a JSON value says, a line for each part: what an object's one value or its parts are."""
    if isinstance(value, dict) and len(value) == 1:
        return flat(next(iter(value.values())))
    return "\n".join(_leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    rest: list[tuple[str, Any]] = [("", value)]
    for _ in range(LEAVES):
        if not rest:
            return
        name, value = rest.pop()
        if isinstance(value, dict):
            rest.extend((str(key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            rest.extend((name, inner) for inner in reversed(value[:LEAVES]))
        elif value is not None and value != "":
            yield f"{name}: {value}" if name else str(value)


class Ends(Generic[T]):
    """The first and the last of what is added, by weight; ``left_out`` is what was between."""

    def __init__(self, head: int, tail: int) -> None:
        self._room, self._tail = head, tail
        self._first: list[T] = []
        self._last: deque[tuple[int, T]] = deque()
        self._held = 0
        self.left_out = 0

    @property
    def full(self) -> bool:
        """Whether the first part is complete."""
        return self._room <= 0

    def add(self, weight: int, item: T) -> None:
        if not self.full:
            self._room -= weight
            self._first.append(item)
            return
        self._last.append((weight, item))
        self._held += weight
        while self._held > self._tail and len(self._last) > 1:
            gone, _ = self._last.popleft()
            self._held -= gone
            self.left_out += gone

    def items(self) -> list[T]:
        return [*self._first, *(item for _, item in self._last)]
