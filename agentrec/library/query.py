"""A user's query as an expression of SQLite's full-text search.

All words must occur, in any order, as the beginnings of words; ``"quoted text"`` must occur as it is;
``-word`` must not occur. Case and accents are ignored.
"""

from __future__ import annotations

import re

from agentrec.errors import UsageError
from agentrec.library.index.texts import indexed

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
MIN_PREFIX_CHARS = 3  # a shorter word has to match as a whole
MAX_TERMS = 50


def fts_expression(query: str) -> str:
    """The expression for ``query``; empty if that is. Raises UsageError if it contains no word."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, quoted, bare in _TERM.findall(query)[:MAX_TERMS]:
        text = quoted or bare
        if not any(char.isalnum() for char in text):
            continue
        (unwanted if minus else wanted).append(_phrase(text, whole=bool(quoted)))
    if not wanted and query.strip():
        hint = "words consist of letters and digits; other characters count as spaces"
        raise UsageError(f"no word to search for in {query!r}", hint)
    expression = " AND ".join(wanted)
    return f"({expression}) NOT ({' OR '.join(unwanted)})" if unwanted else expression


def _phrase(text: str, *, whole: bool) -> str:
    escaped = indexed(text).replace('"', '""')
    last = re.search(r"\w+\W*\Z", text)
    is_prefix = not whole and text[-1].isalnum() and last and len(last[0]) >= MIN_PREFIX_CHARS
    return f'"{escaped}"' + ("*" if is_prefix else "")
