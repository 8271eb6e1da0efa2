"""Narrow fields that scroll while something is typed into them: all that went through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.redact.screen.screen_model import ScreenRow

# Characters that come in at once, at most, and that stay, at least.
_MAX_SHIFT = 4
_MIN_STAYING = 6
# Of what went through a field; longer secrets are recognized by their beginning.
_MAX_CHARS = 600


class ScrolledFields:
    """Remembers each row's text to see it scroll."""

    def __init__(self) -> None:
        self._before: dict[int, str] = {}
        self._through: dict[int, str] = {}

    def scroll(self, y: int, row: ScreenRow) -> str:
        """What went through a field of row ``y``, which has changed; empty if none scrolled."""
        text, before = "".join(row.chars[: row.used]), self._before.get(y, "")
        if not text.strip() or text == before:
            return ""
        self._before[y] = text
        shift = _shift(before, text)
        if not shift:
            # What is erased before it is written again may leave a part.
            if not before.startswith(text):
                self._through.pop(y, None)
            else:
                self._before[y] = before
            return ""
        through = self._through.get(y, before) + text[-shift:]
        self._through[y] = through[-_MAX_CHARS:]
        return self._through[y]


def _shift(before: str, text: str) -> int:
    """By how many characters the end of a line went to the left; 0: it did not."""
    same = (
        number for number, pair in enumerate(zip(before, text, strict=False)) if pair[0] != pair[1]
    )
    start = next(same, min(len(before), len(text)))
    for shift in range(1, _MAX_SHIFT + 1):
        staying = before[start + shift :]
        if len(staying) >= _MIN_STAYING and text[start:] == staying + text[-shift:]:
            return shift
    return 0
