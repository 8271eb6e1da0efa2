"""Narrow fields that scroll while something is typed into them: all that went through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agentrec.redact.screen.screen_model import ScreenRow

# Characters that come in at once, at most, and that stay, at least.
_MAX_SHIFT = 4
_MIN_STAYING = 6
# Of what went through a field; longer secrets are recognized by their beginning.
_MAX_CHARS = 600


class Scrolled(NamedTuple):
    """What went through a field, the line before it included; the end of it is what the row shows, where
    the field begins in column ``start``."""

    through: str
    start: int


class ScrolledFields:
    """Remembers each row's text to see it scroll."""

    def __init__(self) -> None:
        self._before: dict[int, str] = {}
        self._fields: dict[int, Scrolled] = {}

    def scroll(self, y: int, row: ScreenRow) -> Scrolled | None:
        """What went through a field of row ``y``, which has changed, if one scrolled."""
        text, before = "".join(row.chars[: row.used]), self._before.get(y, "")
        if not text.strip() or text == before:
            return None
        self._before[y] = text
        start, shift = _shift(before, text)
        if not shift:
            # What is erased before it is written again may leave a part.
            if not before.startswith(text):
                self._fields.pop(y, None)
            else:
                self._before[y] = before
            return None
        known = self._fields.get(y, Scrolled(before, start))
        through = (known.through + text[-shift:])[-_MAX_CHARS:]
        # Equal characters that follow each other seem to stay where they are.
        self._fields[y] = field = Scrolled(through, min(known.start, start))
        return field


def _shift(before: str, text: str) -> tuple[int, int]:
    """The column from which on a line went to the left, and by how many characters; 0: it did not."""
    same = (
        number for number, pair in enumerate(zip(before, text, strict=False)) if pair[0] != pair[1]
    )
    start = next(same, min(len(before), len(text)))
    for shift in range(1, _MAX_SHIFT + 1):
        staying = before[start + shift :]
        if len(staying) >= _MIN_STAYING and text[start:] == staying + text[-shift:]:
            return start, shift
    return start, 0
