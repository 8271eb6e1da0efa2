"""A user's query as an expression of SQLite's full-text search.

All words must occur, in any order, as the beginnings of words; ``"quoted text"`` must occur as it is;
``-word`` must not occur. Case and accents are ignored.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agentrec.errors import UsageError
from agentrec.library.index.texts import indexed

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
MIN_PREFIX_CHARS = 3  # a shorter word has to match as a whole
MAX_TERMS = 50


class QueryTerm(NamedTuple):
    """One or more words that must occur in this order, or must not; of the last one the beginning is enough
    with ``is_prefix``."""

    text: str
    is_unwanted: bool
    is_prefix: bool


def query_terms(query: str) -> list[QueryTerm]:
    """What ``query`` asks for. Raises UsageError if it is not empty and wants no word."""
    found = []
    for minus, quoted, bare in _TERM.findall(query)[:MAX_TERMS]:
        text = quoted or bare
        if any(char.isalnum() for char in text):
            found.append(QueryTerm(text, bool(minus), not quoted and _is_beginning(text)))
    if query.strip() and all(term.is_unwanted for term in found):
        hint = "words consist of letters and digits; other characters count as spaces"
        raise UsageError(f"no word to search for in {query!r}", hint)
    return found


def fts_expression(query: str) -> str:
    """The expression for ``query``; empty if that is. Raises UsageError if it contains no word."""
    terms = query_terms(query)
    expression = " AND ".join(_phrase(term) for term in terms if not term.is_unwanted)
    unwanted = " OR ".join(_phrase(term) for term in terms if term.is_unwanted)
    return f"({expression}) NOT ({unwanted})" if unwanted else expression


def _is_beginning(text: str) -> bool:
    last = re.search(r"\w+\W*\Z", text)
    return text[-1].isalnum() and last is not None and len(last[0]) >= MIN_PREFIX_CHARS


def _phrase(term: QueryTerm) -> str:
    escaped = indexed(term.text).replace('"', '""')
    return f'"{escaped}"' + ("*" if term.is_prefix else "")
