"""What a user looks for, as an expression of SQLite's full-text search.

Words all have to be there, in any order, as beginnings of words; ``"in quotes"`` exactly and in this
order; ``-word`` must not be there. Upper and lower case and accents make no difference.
"""

from __future__ import annotations

import re

from agentrec.errors import UsageError
from agentrec.library.index.texts import indexed

_PIECE = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_BEGINS = 3  # characters from which on the beginning of a word will do
_MOST = 50  # pieces


def expression(query: str) -> str:
    """The expression for ``query``; empty when that is. Raises UsageError when it names no word."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, quoted, bare in _PIECE.findall(query)[:_MOST]:
        text = quoted or bare
        if not any(char.isalnum() for char in text):
            continue
        (unwanted if minus else wanted).append(_phrase(text, whole=bool(quoted)))
    if not wanted and query.strip():
        hint = "words are letters and digits; signs between them are taken as blanks"
        raise UsageError(f"there is no word to look for in {query!r}", hint)
    found = " AND ".join(wanted)
    return f"({found}) NOT ({' OR '.join(unwanted)})" if unwanted else found


def _phrase(text: str, *, whole: bool) -> str:
    marked = indexed(text).replace('"', '""')
    last = re.search(r"\w+\W*\Z", text)
    begins = not whole and text[-1].isalnum() and last and len(last[0]) >= _BEGINS
    return f'"{marked}"' + ("*" if begins else "")
