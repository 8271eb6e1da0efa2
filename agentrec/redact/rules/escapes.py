"""Colors and escapes in a text: a token begins after them, not in the middle of a word.

In ``\\x1b[31mghp_...`` the word before the prefix is the end of a color, in ``\\\\nghp_...`` and
``%3Dghp_...`` of an escape.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_CONTROLS = re.compile(r"\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]")
# As JSON, shells and addresses have them.
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2}|\\(?:[nrtbfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-7]{3}|e)"
    r"(?:\[[0-9;:]{0,20}[mKHJ])?)(?=[A-Za-z0-9])"
)


class PlainText:
    """``text`` is a text without what moves the cursor and colors."""

    def __init__(self, colored: str) -> None:
        parts: list[str] = []
        self._starts, self._origins = [0], [0]  # where each part begins, here and there
        size = at = 0
        for match in _CONTROLS.finditer(colored):
            parts.append(colored[at : match.start()])
            size += match.start() - at
            at = match.end()
            self._starts.append(size)
            self._origins.append(at)
        self.text = "".join([*parts, colored[at:]])

    def origin(self, at: int) -> int:
        """Where the character ``at`` was in the colored text."""
        part = bisect_right(self._starts, at) - 1
        return self._origins[part] + at - self._starts[part]


def without_escapes(text: str) -> str:
    """``text`` with blanks for escapes right before a word; empty if there are none."""
    if "\\" not in text and "%" not in text:
        return ""
    plain = _ESCAPES.sub(lambda match: " " * len(match[0]), text)
    return "" if plain == text else plain
