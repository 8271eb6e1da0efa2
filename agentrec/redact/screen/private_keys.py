"""Private keys span many lines: a row after the first belongs to one when the row above does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.redact.screen.screen_model import ScreenRow

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_BORDERS = " |\u2502\u2503"
# A row of these may be the end of the first line, or an empty one.
_FILLERS = _BORDERS + "-"
# Characters of a key's first line.
_MAX_FIRST_LINE = 60
_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")
# Line numbers, quote marks and borders may stand before and after a line of the key.
_BODY = re.compile(
    r"[\s\u2502\u2503|>+\-:#*\"'0-9]*?([A-Za-z0-9+/=]+|(?:Proc-Type|DEK-Info|Version|Comment): .*)"
    r"[\s\u2502\u2503|\"'\\n,]*\Z"
)


def mark_private_keys(rows: list[ScreenRow]) -> Iterator[list[int]]:
    """Origins of every row that is the inside of a private key and was changed, or came to be inside.

    Sets ``pem`` of those rows.
    """
    inside = entered = False
    for y, row in enumerate(rows):
        was_inside = row.pem
        if row.dirty or entered:
            text = "".join(row.chars[: row.used])
            body = _BODY.match(text) if inside else None
            if body:
                yield row.origins[body.start(1) : body.end(1)]
            row.pem = body is not None or (inside and not text.strip(_FILLERS))
            if "-" in text or inside:
                _follow_borders(row, text, _text_above(rows, y))
        inside, entered = row.pem, row.pem and not was_inside


def _follow_borders(row: ScreenRow, text: str, above: str) -> None:
    """Set whether a key goes on after ``row``, whose borders may have begun in the rows ``above``."""
    begin = _match_end(_BEGIN, above, text)
    if begin:
        row.pem = True
    if _match_end(_END, above, text) > begin:
        row.pem = False


def _text_above(rows: list[ScreenRow], y: int) -> str:
    """The end of the text above a row: the first line of a key may be wrapped."""
    above = ""
    for row in reversed(rows[max(0, y - _MAX_FIRST_LINE) : y]):
        if len(above) >= _MAX_FIRST_LINE:
            break
        above = "".join(row.chars[: row.used]).strip(_BORDERS) + above
    return above[-_MAX_FIRST_LINE:]


def _match_end(pattern: re.Pattern[str], above: str, text: str) -> int:
    """Where in ``text`` the last match ends, which may have begun ``above``; 0: nowhere."""
    ends = [match.end() - len(above) for match in pattern.finditer(above + text.strip(_BORDERS))]
    return max(0, ends[-1]) if ends else 0
