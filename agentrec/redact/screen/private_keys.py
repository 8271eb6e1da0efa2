"""Private keys span many lines: a row after the first belongs to one when the row above does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.redact.screen.screen_model import ScreenRow

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_BORDERS = " |\u2502\u2503"
_SIGNS = _BORDERS + "-"  # a row of these may be the end of the first line, or an empty one
_LONGEST = 60  # characters of a key's first line
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
    inside = turned = False
    before = ""  # what stands right above: the first line of a key may be wrapped
    for row in rows:
        was = row.pem
        if row.dirty or turned:
            text = "".join(row.chars[: row.used])
            body = _BODY.match(text) if inside else None
            if body:
                yield row.origins[body.start(1) : body.end(1)]
            row.pem = body is not None or (inside and not text.strip(_SIGNS))
            begin = _ends_in(_BEGIN, before, text)
            if begin:
                row.pem = True
            if _ends_in(_END, before, text) > begin:
                row.pem = False
        inside, turned = row.pem, row.pem and not was
        if row.used:
            before = (before + "".join(row.chars[: row.used]).strip(_BORDERS))[-_LONGEST:]


def _ends_in(pattern: re.Pattern[str], before: str, text: str) -> int:
    """Where in ``text`` the last match ends that may have begun ``before``; 0: nowhere."""
    ends = [match.end() - len(before) for match in pattern.finditer(before + text.strip(_BORDERS))]
    return max(0, ends[-1]) if ends else 0
