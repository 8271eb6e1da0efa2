"""Limits of what an event holds: long texts and tool inputs are cut, and their true length is kept."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Of one text, or of all texts of one tool input.
TEXT_LIMIT_CHARS = 64 << 10
# Entries of an object or list that are kept when that limit is used up.
MIN_ITEMS = 50
MAX_LEVELS = 100
KEY_LIMIT_CHARS = 200


def clipped(name: str, text: str) -> JsonObject:
    """Return ``{name: text}``, bounded; ``NAME_length`` is the true length in characters if it was cut."""
    if len(text) <= TEXT_LIMIT_CHARS:
        return {name: text}
    return {name: text[:TEXT_LIMIT_CHARS], f"{name}_length": len(text)}


def shortened(value: object) -> tuple[object, int]:
    """Return ``value`` with at most TEXT_LIMIT_CHARS of strings, and their true count if some are cut."""
    budget = _Budget()
    shorter = budget.shorten(value, MAX_LEVELS)
    return shorter, budget.seen if budget.seen > TEXT_LIMIT_CHARS else 0


class _Budget:
    """Characters that are left, and how many there were. An entry of a list counts as one."""

    def __init__(self) -> None:
        self.left, self.seen = TEXT_LIMIT_CHARS, 0

    def shorten(self, value: object, levels: int) -> object:
        if isinstance(value, str):
            return self._text(value)
        if levels == 0 and isinstance(value, dict | list):
            return "…"
        if isinstance(value, dict):
            pairs = islice(value.items(), max(MIN_ITEMS, self.left))
            return {
                str(key)[:KEY_LIMIT_CHARS]: self.shorten(inner, levels - 1) for key, inner in pairs
            }
        if isinstance(value, list):
            items = value[: max(MIN_ITEMS, self.left)]
            self.left -= len(value)
            self.seen += max(0, len(value) - len(items))
            return [self.shorten(inner, levels - 1) for inner in items]
        return value

    def _text(self, text: str) -> str:
        shorter = text[: max(0, self.left)]
        self.left -= len(text)
        self.seen += len(text)
        return shorter
