"""What completes a word, and how scripts read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MAX_CANDIDATES = 500
_MAX_ABOUT_CHARS = 60


class Candidate(NamedTuple):
    """A word, and what it is about."""

    value: str
    about: str = ""


class CompletionRequest(NamedTuple):
    """The word to complete, and the arguments before it by name."""

    word: str
    given: Mapping[str, str]


class Candidates(NamedTuple):
    """``more`` is what the shell adds: ``files``, ``recordings`` (files), ``folders``, ``none``, or the
    number of the word from which on it is another command line. ``unfinished``: no blank comes behind one.
    """

    found: Sequence[Candidate] = ()
    more: str = "none"
    unfinished: bool = False

    def lines(self) -> Iterator[str]:
        """As the scripts read them: ``more`` and how it goes on, then value and description a line."""
        yield f"{self.more} {'nospace' if self.unfinished else 'space'}"
        for value, about in self.found[:_MAX_CANDIDATES]:
            if value.isprintable():
                yield f"{value}\t{printable(about)[:_MAX_ABOUT_CHARS]}".rstrip("\t")


def words(names: Iterable[str]) -> Candidates:
    """Words that need no description, each once."""
    return Candidates([Candidate(name) for name in dict.fromkeys(names)])
