"""Text as words that a search compares: lower case, without accents, one blank before and after each.

So any engine finds a word as `` word ``, the beginning of one as `` wor`` and a phrase as `` two words ``,
without a full-text search of its own.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def search_words(text: str) -> str:
    """All words of a text, such as `` connection refused ``; empty if there is none."""
    found = _WORD.findall(folded(text))
    return f" {' '.join(found)} " if found else ""


def folded(text: str) -> str:
    """A text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFD", text.lower())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", kept)
