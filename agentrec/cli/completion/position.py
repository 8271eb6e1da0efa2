"""What the last word of a command line is, according to the command's parser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANY = ("*", "+")  # nargs of what takes several words


class Position(NamedTuple):
    """What can come after the words before.

    ``value`` is the argument that a word is the value of. ``options`` may come as well, unless the value
    of one is expected. ``given`` has the words that were positional arguments, by name.
    ``command_at``: the word that begins the command to run, -1 if none of the words does.
    """

    value: argparse.Action | None
    options: Sequence[argparse.Action]
    given: dict[str, str]
    command_at: int = -1


def position(parser: argparse.ArgumentParser, words: Sequence[str], *, rest: bool) -> Position:
    """The position after ``words``; with ``rest``, what comes after -- is a command's."""
    walk = _Walk(parser)
    for number, word in enumerate(words):
        if (word == "--" and (rest or walk.takes_command)) or walk.runs_command(word):
            return Position(None, (), walk.given, number + (word == "--"))
        walk.take(word)
    if walk.takes_command and not walk.wanted:
        return Position(None, walk.options(), walk.given, len(words))
    return Position(walk.value(), walk.options(), walk.given)


class _Walk:
    """Reads a command line word by word."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.given: dict[str, str] = {}
        self.wanted: argparse.Action | None = None  # the option whose value is next
        self._used: list[argparse.Action] = []
        self._only_arguments = False
        self._enter(parser)

    def _enter(self, parser: argparse.ArgumentParser) -> None:
        actions = parser._actions  # noqa: SLF001 - argparse has no other list of them
        self._options = [action for action in actions if action.option_strings]
        self._positional = [action for action in actions if not action.option_strings]

    @property
    def takes_command(self) -> bool:
        """Whether the next argument is a command to run."""
        return bool(self._positional) and self._positional[0].nargs == argparse.REMAINDER

    def runs_command(self, word: str) -> bool:
        """Whether ``word`` is the beginning of the command to run."""
        return self.takes_command and not self.wanted and not word.startswith("-")

    def take(self, word: str) -> None:
        if self._is_value(word):
            self.wanted = self.wanted if self.wanted and self.wanted.nargs in _ANY else None
        elif word == "--":
            self._only_arguments = True
        elif word.startswith("-") and len(word) > 1 and not self._only_arguments:
            self._take_option(word)
        elif self._positional:
            self._take_positional(word)

    def _is_value(self, word: str) -> bool:
        """Whether it belongs to the option before: any number of values end at the next option."""
        if not self.wanted:
            return False
        if self.wanted.nargs in _ANY and word.startswith("-"):
            self.wanted = None
        return self.wanted is not None

    def _take_option(self, word: str) -> None:
        name, equals, _ = word.partition("=")
        option = next((one for one in self._options if name in one.option_strings), None)
        if option:
            self._used.append(option)
            self.wanted = option if option.nargs != 0 and not equals else None

    def _take_positional(self, word: str) -> None:
        action = self._positional[0]
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - public in no other way
            if inner := action.choices.get(word):
                self._enter(inner)
            return
        self.given.setdefault(action.dest, word)
        if action.nargs not in _ANY:
            self._positional.pop(0)

    def value(self) -> argparse.Action | None:
        return self.wanted or next(iter(self._positional), None)

    def options(self) -> list[argparse.Action]:
        """Those that may come now: each once, unless it can be repeated."""
        if (self.wanted and self.wanted.nargs not in _ANY) or self._only_arguments:
            return []
        return [one for one in self._options if one not in self._used or _repeats(one)]


def _repeats(action: argparse.Action) -> bool:
    return isinstance(action, argparse._AppendAction)  # noqa: SLF001 - public in no other way
