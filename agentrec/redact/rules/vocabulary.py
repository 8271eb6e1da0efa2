"""Which pieces of text a text may contain, by its different words: even those of long texts are few.

Most of a long text is repetition. Its words, with digits that count as one, are looked at once, and
remembered with what they may be a part of.
"""

from __future__ import annotations

import re
from collections import namedtuple
from functools import reduce
from operator import or_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NamedTuple

    class Beginning(NamedTuple):
        """How a token or a command begins, and how many characters of a kind must follow in one word, at
        least: "digits", "hex", or "letters", which may be digits, too."""

        text: str
        kind: str = "letters"
        length: int = 0

    Trace = str | Beginning
else:
    # The recorder starts with this, and typing takes its time to load.
    Beginning = namedtuple("Beginning", ("text", "kind", "length"), defaults=("letters", 0))  # noqa: PYI024

# Of the words that are remembered.
_MAX_CHARS = 300_000
_MAX_RESULTS = 2000
# Blanks for everything but letters and digits, and one digit for all.
_LETTERS = bytes(
    ord("0") if 48 <= code < 58 else code if code < 128 and chr(code).isalnum() else ord(" ")
    for code in range(256)
)
_DIGITS = str.maketrans("123456789", "000000000")
_KINDS = {"digits": "0", "hex": "0abcdef", "letters": None}


def words_of(text: str) -> set[str]:
    """The different runs of ASCII letters and digits in ``text``, with 0 for every digit."""
    return set(text.encode("ascii", "replace").translate(_LETTERS).decode("ascii").split())


class Vocabulary:
    """Finds those of its traces, pieces of text, that a text may contain.

    ``inner`` traces are in lower case, stand for any case, and may begin inside of a word; ``beginnings``
    do not. ``patterns`` are regular expressions, one of which the beginning of a word must match.
    """

    def __init__(
        self, inner: Iterable[str], beginnings: Iterable[Beginning], patterns: Iterable[str]
    ) -> None:
        self._bits: dict[tuple[str, str, int], int] = {}  # what a word may have, and how
        self._needs: dict[int, list[tuple[Trace, int]]] = {0: []}  # by one of the bits they need
        for trace in inner:
            self._add(trace, self._inner(trace))
        for beginning in beginnings:
            self._add(beginning, self._outer(beginning))
        for pattern in patterns:
            self._add(pattern, self._bit("pattern", pattern))
        self._parts = [(part, bit) for part, _, bit in self._pieces("part")]
        self._wholes = {whole: bit for whole, _, bit in self._pieces("whole")}
        self._folded = {whole: bit for whole, _, bit in self._pieces("folded")}
        self._starts: dict[str, list[tuple[str, int, int]]] = {}
        for start in self._pieces("start"):
            self._starts.setdefault(start[0][0], []).append(start)
        self._openings: dict[str, list[tuple[str, int]]] = {}
        for opening, _, bit in self._pieces("opening"):
            self._openings.setdefault(opening[0], []).append((opening, bit))
        self._patterns = [(re.compile(p).match, bit) for p, _, bit in self._pieces("pattern")]
        self._lengths = [(_KINDS[kind], least, bit) for kind, least, bit in self._pieces("length")]
        self._known: dict[str, int] = {}
        self._chars = 0
        self._results: dict[int, frozenset[Trace]] = {}

    @property
    def size(self) -> int:
        """Words that are remembered."""
        return len(self._known)

    def traces(self, text: str) -> frozenset[Trace]:
        """The traces that ``text`` may contain: all that it does, and few others."""
        words = words_of(text)
        if self._chars > _MAX_CHARS:
            self._known.clear()
            self._chars = 0
        self._learn([word for word in words if word not in self._known])
        present = reduce(or_, map(self._known.__getitem__, words), 0)
        result = self._results.get(present)
        if result is None:
            if len(self._results) > _MAX_RESULTS:
                self._results.clear()
            result = frozenset(self._found(present))
            self._results[present] = result
        return result

    def _learn(self, words: list[str]) -> None:
        together = " ".join(words)
        self._chars += len(together)
        together = together.lower()
        parts = [(part, bit) for part, bit in self._parts if part in together]
        for word in words:
            lowered = word.lower()
            bits = self._folded.get(lowered, 0) | self._of(word)
            for part, bit in parts:
                if part in lowered:
                    bits |= bit
            for opening, bit in self._openings.get(lowered[0], ()):
                if lowered.startswith(opening):
                    bits |= bit
            self._known[word] = bits

    def _of(self, word: str) -> int:
        bits, size = self._wholes.get(word, 0), len(word)
        for start, least, bit in self._starts.get(word[0], ()):
            if size >= least and word.startswith(start):
                bits |= bit
        for match, bit in self._patterns:
            if match(word):
                bits |= bit
        for chars, least, bit in self._lengths:
            if size >= least and (chars is None or not word.strip(chars)):
                bits |= bit
        return bits

    def _found(self, present: int) -> Iterator[Trace]:
        left = present
        while True:
            bit = left & -left
            for trace, need in self._needs.get(bit, ()):
                if present & need == need:
                    yield trace
            if not left:
                return
            left ^= bit

    # --- what a trace needs -------------------------------------------------------------------

    def _add(self, trace: Trace, need: int) -> None:
        self._needs.setdefault(need & -need, []).append((trace, need))

    def _inner(self, trace: str) -> int:
        """A trace's pieces: each in some word, at its beginning or all of it if the trace says so."""
        pieces = re.findall("[a-z0-9]+", trace.translate(_DIGITS))
        need = 0
        for number, piece in enumerate(pieces):
            first = number == 0 and trace[0].isalnum()
            last = number == len(pieces) - 1 and trace[-1].isalnum()
            need |= self._bit("part" if first else "opening" if last else "folded", piece)
        return need

    def _outer(self, beginning: Beginning) -> int:
        text, kind, length = beginning
        *pieces, last = re.findall("[A-Za-z0-9]+", text.translate(_DIGITS))
        need = 0
        for piece in pieces:
            need |= self._bit("whole", piece)
        if text[-1].isalnum():
            return need | self._bit("start", last, len(last) + length)
        return (
            need | self._bit("whole", last) | (self._bit("length", kind, length) if length else 0)
        )

    def _bit(self, how: str, piece: str, length: int = 0) -> int:
        return self._bits.setdefault((how, piece, length), 1 << len(self._bits))

    def _pieces(self, how: str) -> Iterator[tuple[str, int, int]]:
        return ((piece, n, bit) for (kind, piece, n), bit in self._bits.items() if kind == how)
