"""Columns that texts take on a terminal, for tables. A leaf: it imports nothing of ours."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_UNSEEN = frozenset(("Mn", "Me", "Cf"))  # categories without a column of their own


def columns(text: str) -> int:
    """How many columns ``text`` takes; a joined emoji takes those of its first part."""
    if text.isascii():
        return len(text)
    return sum(width for _, width in _measured(text))


def padded(text: str, width: int) -> str:
    """``text`` with blanks up to ``width`` columns."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an ellipsis if it is longer."""
    if columns(text) <= width:
        return text
    if width < 2:
        return ""
    taken, end = 0, 0
    for index, chars in _measured(text):
        if taken + chars > width - 1:
            break
        taken, end = taken + chars, index
    return f"{text[:end]}…"


def _measured(text: str) -> list[tuple[int, int]]:
    """For each character the index after it, and the columns it adds."""
    measured: list[tuple[int, int]] = []
    before = ""
    for index, char in enumerate(text):
        width = 0 if before == _JOINER else _width(char)
        if char == _EMOJI_STYLE and measured and measured[-1][1] == 1:
            width = 1  # a sign that is drawn as an emoji is wide
        measured.append((index + 1, width))
        before = char
    return measured


def _width(char: str) -> int:
    if unicodedata.category(char) in _UNSEEN or ord(char) in _SKIN_TONES:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
