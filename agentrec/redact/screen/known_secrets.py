"""Pieces of secrets that are known as a whole: what a line showed of one before it was complete."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact.rules.issuers import PREFIXES
from agentrec.redact.secret_rules import find_growing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# So many characters in a row are taken for a piece of a secret; fewer, if no word has them.
PIECE_CHARS = 6
ODD_PIECE_CHARS = 4
_ODD = re.compile(r"[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z]")
_TOKEN = re.compile(r"[A-Za-z0-9_+/=.~%-]+")
_LAST_TOKEN = re.compile(_TOKEN.pattern + r"\Z")
_MAX_TAILS = 20_000
# What stood before and after a secret as a whole, to know its beginnings and ends by; without what was
# before it, how long a beginning must be.
PLACE_CHARS = 8
_MIN_PLACE_CHARS = 3
_MIN_HEAD_CHARS = 3
# Longer values are known by their beginnings.
_MAX_CHARS = 2000


class SecretPlace(NamedTuple):
    """What stands before and after a secret in its line."""

    before: str
    after: str


class KnownSecrets:
    """Made of the secrets that were found in a recording, each with its place."""

    def __init__(self, values: Mapping[str, SecretPlace]) -> None:
        known = {v[:_MAX_CHARS]: place for v, place in values.items() if len(v) >= ODD_PIECE_CHARS}
        self._values = list(known)
        self._places: dict[str, set[str]] = {}  # what stands before, and beginnings
        self._ends: dict[str, set[str]] = {}  # what stands after, and ends
        for value, (before, after) in known.items():
            least = 1 if len(before.strip()) >= _MIN_PLACE_CHARS else _MIN_HEAD_CHARS
            heads = (value[:size] for size in range(least, PIECE_CHARS + 1))
            self._places.setdefault(before, set()).update(heads)
            if len(after.strip()) >= _MIN_PLACE_CHARS:
                ends = (value[-size:] for size in range(1, PIECE_CHARS + 1))
                self._ends.setdefault(after, set()).update(ends)
        self._pieces = {
            value[at : at + PIECE_CHARS]
            for value in self._values
            for at in range(max(1, len(value) - PIECE_CHARS + 1))
        }
        self._odd = {piece for value in self._values for piece in _odd_pieces(value)}
        self._tails = {value[-PIECE_CHARS:] for value in self._values}
        self._heads = {head for value in self._values for head in _prefixed_heads(value)}

    def __bool__(self) -> bool:
        return bool(self._values)

    def pieces(self, text: str) -> Iterator[tuple[int, int]]:
        """Where ``text`` shows a piece of a secret."""
        for start, stop in self._within(text):
            yield start, stop
            if text[stop - PIECE_CHARS : stop] in self._tails:
                yield from self._learn_more(text, stop)
        for head in self._heads:
            at = text.find(head)
            while at >= 0:
                yield at, at + len(head)
                at = text.find(head, at + 1)
        yield from self._placed_heads(text)
        yield from self._placed_ends(text)
        for growing in find_growing(text):
            if any(value.startswith(text[growing.start : growing.stop]) for value in self._values):
                yield growing.start, growing.stop

    def _learn_more(self, text: str, start: int) -> Iterator[tuple[int, int]]:
        """What goes on after the end of a secret that is known so far: a field may scroll under it."""
        more = _TOKEN.match(text, start)
        if not more or len(self._tails) > _MAX_TAILS:
            return
        yield more.span()
        for stop in range(start + 1, more.end() + 1):
            piece = text[max(0, stop - PIECE_CHARS) : stop]
            self._pieces.add(piece)
            self._odd.update(_odd_pieces(piece[-ODD_PIECE_CHARS:]))
        self._tails.add(text[max(0, more.end() - PIECE_CHARS) : more.end()])

    def _placed_heads(self, text: str) -> Iterator[tuple[int, int]]:
        """Beginnings of secrets where the secrets stood: after the same text, or first in a line."""
        for place, heads in self._places.items():
            at = text.find(place)
            while at >= 0 and (place or not at):
                start = at + len(place)
                token = _TOKEN.match(text, start)
                if token and token[0] in heads:
                    yield token.span()
                at = text.find(place, at + 1)

    def _placed_ends(self, text: str) -> Iterator[tuple[int, int]]:
        """Ends of secrets before the text that stood after them: the rest scrolled out of a field."""
        for after, ends in self._ends.items():
            at = text.find(after)
            while at >= 0:
                token = _LAST_TOKEN.search(text, max(0, at - PIECE_CHARS - 1), at)
                if token and token[0] in ends:
                    yield token.span()
                at = text.find(after, at + 1)

    def _within(self, text: str) -> Iterator[tuple[int, int]]:
        for at in range(len(text) - ODD_PIECE_CHARS + 1):
            if text[at : at + ODD_PIECE_CHARS] in self._odd:
                yield at, at + ODD_PIECE_CHARS
            if text[at : at + PIECE_CHARS] in self._pieces:
                yield at, at + PIECE_CHARS


def _odd_pieces(value: str) -> Iterator[str]:
    for at in range(len(value) - ODD_PIECE_CHARS + 1):
        piece = value[at : at + ODD_PIECE_CHARS]
        if _ODD.search(piece):
            yield piece


def _prefixed_heads(value: str) -> Iterator[str]:
    """The issuer's prefix and the characters after it that are not a piece yet."""
    for prefix in PREFIXES:
        if value.startswith(prefix.text):
            size = len(prefix.text)
            yield from (
                value[:stop] for stop in range(size + 1, min(size + PIECE_CHARS, len(value)) + 1)
            )
