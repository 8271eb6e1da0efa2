"""An agent's command line taken apart: which options of it hold when its conversation continues elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact import MASK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


class OptionGrammar(NamedTuple):
    """What the options of one program take. Options that are not listed take no value.

    one_value       the next word
    many_values     all words up to the next option
    optional_value  the next word, unless that is an option
    paths           options whose values are files
    dropped         options that make no sense in another run
    """

    one_value: Collection[str] = ()
    many_values: Collection[str] = ()
    optional_value: Collection[str] = ()
    paths: Collection[str] = ()
    dropped: Collection[str] = ()


class Option(NamedTuple):
    """One option and its values, as separate words."""

    name: str
    words: tuple[str, ...]


class CarriedOptions(NamedTuple):
    """Options that carry over, in their order, and notes for the user about others."""

    options: list[Option]
    notes: list[str]

    def words(self, *, without: Collection[str] = ()) -> list[str]:
        """Return the command line of all options but these."""
        return [word for o in self.options if o.name not in without for word in o.words]


def carried_options(arguments: Sequence[str], grammar: OptionGrammar, cwd: str) -> CarriedOptions:
    """Return options of ``arguments`` (without the program) that carry over from a run in ``cwd``.

    Words that are not options, such as the prompt, do not. A value that was masked in the recording
    is lost, and its option with it.
    """
    options, notes = [], []
    for option in _parse(list(arguments), grammar):
        if option.name in grammar.dropped:
            continue
        if any(MASK in word for word in option.words):
            notes.append(f"{option.name} is left out: its value is masked in the recording")
        else:
            options.append(
                _absolute_outside(option, cwd) if option.name in grammar.paths else option
            )
    return CarriedOptions(options, notes)


def _parse(words: list[str], grammar: OptionGrammar) -> Iterator[Option]:
    while words:
        word = words.pop(0)
        if word == "--":
            return
        if len(word) < 2 or not word.startswith("-"):
            continue
        name, equals, _ = word.partition("=")
        if equals and name.startswith("--"):
            yield Option(name, (word,))
        elif not word.startswith("--") and len(word) > 2 and word[:2] in grammar.one_value:
            yield Option(word[:2], (word,))  # -mNAME
        else:
            yield Option(word, (word, *_pop_values(word, words, grammar)))


def _pop_values(name: str, words: list[str], grammar: OptionGrammar) -> list[str]:
    """Take the values of an option off ``words``."""
    if name in grammar.one_value:
        return [words.pop(0)] if words else []
    limit = len(words) if name in grammar.many_values else int(name in grammar.optional_value)
    values: list[str] = []
    while words and len(values) < limit and not words[0].startswith("-"):
        values.append(words.pop(0))
    return values


def _absolute_outside(option: Option, cwd: str) -> Option:
    """Paths that lead out of ``cwd`` are made absolute; those inside it lead into the new directory."""

    def absolute(path: str) -> str:
        leads_out = os.path.normpath(path).split(os.sep)[0] == os.pardir
        return os.path.normpath(os.path.join(cwd, path)) if leads_out else path

    first, *rest = option.words
    name, equals, value = first.partition("=")
    first = f"{name}={absolute(value)}" if equals else first
    return Option(option.name, (first, *map(absolute, rest)))
