"""An agent's command line taken apart: what of it still holds when its conversation goes on elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact import MASK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

NONE: frozenset[str] = frozenset()


class Grammar(NamedTuple):
    """What the options of one program take. Options that are named nowhere take nothing.

    ``one`` take the next word, ``many`` all words up to the next option, ``maybe`` the next word
    unless that is an option. Values of ``paths`` are files. ``dropped`` have no meaning any more.
    """

    one: Collection[str]
    dropped: Collection[str]
    many: Collection[str] = NONE
    maybe: Collection[str] = NONE
    paths: Collection[str] = NONE


class Option(NamedTuple):
    """One option and its values, as separate words."""

    name: str
    words: tuple[str, ...]


class Kept(NamedTuple):
    """What carries over: options in their order, and what has to be said about the others."""

    options: list[Option]
    notes: list[str]

    def words(self, *, without: Collection[str] = ()) -> list[str]:
        """The command line of all options but these."""
        return [word for o in self.options if o.name not in without for word in o.words]


def kept(arguments: Sequence[str], grammar: Grammar, cwd: str) -> Kept:
    """Options of ``arguments`` (without the program) that carry over from a run in ``cwd``.

    Whatever is no option, such as the prompt, does not. A value that was masked in the recording
    is lost, and its option with it.
    """
    options, notes = [], []
    for option in _options(list(arguments), grammar):
        if option.name in grammar.dropped:
            continue
        if any(MASK in word for word in option.words):
            notes.append(f"{option.name} is left out: its value is masked in the recording")
        else:
            options.append(_outside(option, cwd) if option.name in grammar.paths else option)
    return Kept(options, notes)


def _options(words: list[str], grammar: Grammar) -> Iterator[Option]:
    while words:
        word = words.pop(0)
        if word == "--":
            return
        if len(word) < 2 or not word.startswith("-"):
            continue
        name, equals, _ = word.partition("=")
        if equals and name.startswith("--"):
            yield Option(name, (word,))
        elif not word.startswith("--") and len(word) > 2 and word[:2] in grammar.one:
            yield Option(word[:2], (word,))  # -mNAME
        else:
            yield Option(word, (word, *_values(word, words, grammar)))


def _values(name: str, words: list[str], grammar: Grammar) -> list[str]:
    """Take the values of an option off ``words``."""
    if name in grammar.one:
        return [words.pop(0)] if words else []
    found: list[str] = []
    if name in grammar.many or name in grammar.maybe:
        while words and not words[0].startswith("-") and (name in grammar.many or not found):
            found.append(words.pop(0))
    return found


def _outside(option: Option, cwd: str) -> Option:
    """Paths that lead out of ``cwd`` are made absolute: those in it lead into the new one."""

    def absolute(path: str) -> str:
        leads_out = os.path.normpath(path).split(os.sep)[0] == os.pardir
        return os.path.normpath(os.path.join(cwd, path)) if leads_out else path

    first, *rest = option.words
    name, equals, value = first.partition("=")
    first = f"{name}={absolute(value)}" if equals else first
    return Option(option.name, (first, *map(absolute, rest)))
