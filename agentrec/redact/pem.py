"""Private keys span many lines: a row after the first belongs to one when the row above does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.redact.canvas import Row

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_END = re.compile(r"-----END ")
# Line numbers, quote marks and borders may stand before and after a line of the key.
_BODY = re.compile(
    r"[\s\u2502\u2503|>+\-:#*\"'0-9]*?([A-Za-z0-9+/=]+|(?:Proc-Type|DEK-Info|Version|Comment): .*)"
    r"[\s\u2502\u2503|\"'\\n,]*\Z"
)


def mark_keys(rows: list[Row]) -> Iterator[list[int]]:
    """Origins of every dirty row that is the inside of a private key; sets ``pem`` of those rows."""
    inside = False
    for row in rows:
        if row.dirty:
            text = "".join(row.chars[: row.used])
            if inside and (found := _BODY.match(text)):
                yield row.origins[found.start(1) : found.end(1)]
                row.pem = True
            else:
                row.pem = inside and text.isspace() | (not text)
            begin = _BEGIN.search(text)
            if begin:
                row.pem = True
            if _END.search(text, begin.end() if begin else 0):
                row.pem = False
        inside = row.pem
