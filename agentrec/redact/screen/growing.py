"""Secrets that a line shows before they are complete, wherever the cursor is: repainted while they grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.redact.rules.issuers import SHOWN_CHARS
from agentrec.redact.secret_rules import find_growing, find_short

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands before a value, to know it again, and how many are known.
_MAX_PLACE_CHARS = 40
_MAX_PLACES = 2000


class GrowingSecrets:
    """Remembers what stood after a name, to see it grow."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._grown: dict[str, None] = {}

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where ``text`` shows the beginning of a secret: by a prefix, or growing after a name."""
        for match in find_short(text):
            yield match.start, match.stop
        for match in find_growing(text):
            value = text[match.start : match.stop]
            if self._is_growing(text[max(0, match.start - _MAX_PLACE_CHARS) : match.start], value):
                yield match.start, match.stop

    def _is_growing(self, place: str, value: str) -> bool:
        before = self._values.get(place, "")
        if before and len(value) > len(before) and value.startswith(before):
            self._grown[place] = None
        self._values[place] = value
        for known in (self._values, self._grown):
            while len(known) > _MAX_PLACES:
                known.pop(next(iter(known)))
        return len(value) > SHOWN_CHARS and place in self._grown
