"""The line of a text that a query means, with its matches marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.index.search_words import folded, search_words
from agentrec.library.index.texts import indexed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.library.query import QueryTerm
    from agentrec.library.search import Piece

_MAX_LINE_CHARS = 300
# With the marks that combine with a letter.
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


class FoundLine(NamedTuple):
    """A line in pieces, the lines around it, and its number in the text."""

    line: list[Piece]
    before: list[str]
    after: list[str]
    number: int


def best_line(text: str, terms: Sequence[QueryTerm], context: int) -> FoundLine:
    """The first line with the most matches, and ``context`` lines before and after it."""
    text = indexed(text)  # with the ends of words in scripts without blanks
    lines = text.split("\n")
    marks = _marks(text, [term for term in terms if not term.is_unwanted])
    counts = [0] * len(lines)
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    spans: list[list[tuple[int, int]]] = [[] for _ in lines]
    at = 0
    for start, end in marks:
        while at + 1 < len(starts) and starts[at + 1] <= start:
            at += 1
        counts[at] += 1
        spans[at].append((start - starts[at], end - starts[at]))
    best = max(range(len(lines)), key=lambda number: (counts[number], -number))
    return FoundLine(
        _pieces(lines[best], spans[best]),
        [plain(line)[:_MAX_LINE_CHARS] for line in lines[max(0, best - context) : best]],
        [plain(line)[:_MAX_LINE_CHARS] for line in lines[best + 1 : best + 1 + context]],
        best,
    )


def _marks(text: str, terms: Sequence[QueryTerm]) -> list[tuple[int, int]]:
    """Where the words of terms are, by position; a phrase is one."""
    tokens = [(folded(found[0]), *found.span()) for found in _WORD.finditer(text)]
    marks: set[tuple[int, int]] = set()
    for term in terms:
        wanted = search_words(indexed(term.text)).split()
        for at in range(len(tokens) - len(wanted) + 1):
            found = tokens[at : at + len(wanted)]
            if _fits(found, wanted, is_prefix=term.is_prefix):
                marks.add((found[0][1], found[-1][2]))
    return sorted(marks)


def _fits(
    tokens: Sequence[tuple[str, int, int]], wanted: Sequence[str], *, is_prefix: bool
) -> bool:
    if not wanted or any(
        token[0] != word for token, word in zip(tokens[:-1], wanted[:-1], strict=True)
    ):
        return False
    last = tokens[-1][0]
    return last.startswith(wanted[-1]) if is_prefix else last == wanted[-1]


def _pieces(line: str, spans: list[tuple[int, int]]) -> list[Piece]:
    """The line as matching and other pieces; of a long line, the part around the first match."""
    first = 0
    if len(line) > _MAX_LINE_CHARS and spans:
        first = max(0, spans[0][0] - _MAX_LINE_CHARS // 3)
    end = min(len(line), first + _MAX_LINE_CHARS)
    pieces, at = [], first
    for start, stop in spans:
        if start < at or start >= end:
            continue
        pieces += [(line[at:start], False), (line[start : min(stop, end)], True)]
        at = min(stop, end)
    pieces.append((line[at:end], False))
    return [(plain(piece), marked) for piece, marked in pieces if plain(piece)]
