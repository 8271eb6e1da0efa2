"""What can complete the last word of a command line."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from agentrec.cli.commands import COMMANDS, SHORT, SUBCOMMANDS, find
from agentrec.cli.completion.candidate import Candidate, Candidates, CompletionRequest
from agentrec.cli.completion.position import position
from agentrec.cli.completion.values import values

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOP = (Candidate("--help", "show all commands"), Candidate("--version", "show the version"))


def candidates(words: Sequence[str]) -> Candidates:
    """What can stand for the last of ``words``, which come after ``agentrec`` on a command line."""
    *before, word = words or [""]
    if before[:1] == ["help"]:
        before = before[1:]
    if not before:
        every = [Candidate(name, about) for name, (_, about) in (COMMANDS | SHORT).items()]
        return Candidates(_matching([*every, *(_TOP if word.startswith("-") else ())], word))
    command = find(before)
    if command is None:
        return Candidates()
    name, module, rest = command
    own = _of_command(module, name, rest, word)
    if nested := SUBCOMMANDS.get(before[0]) if len(before) == 1 else None:
        inner = [Candidate(name, about) for name, (_, about) in nested.items()]
        return own._replace(found=[*_matching(inner, word), *own.found])
    if own.more.isdecimal():  # counted from the program's name on
        return own._replace(more=str(int(own.more) + 1 + len(before) - len(rest)))
    return own


def _of_command(module_name: str, name: str, before: Sequence[str], word: str) -> Candidates:
    module = import_module(f"agentrec.cli.{module_name}")
    parser = argparse.ArgumentParser(f"agentrec {name}", allow_abbrev=False)
    module.add_arguments(parser)
    where = position(parser, before, rest=getattr(module, "TAKES_REST", False))
    if word.startswith("-") and where.options:
        return _option(where.options, word, where.given)
    if where.command_at >= 0:
        return Candidates((), str(where.command_at))
    return _value(where.value, word, where.given) if where.value else Candidates()


def _option(options: Sequence[argparse.Action], word: str, given: dict[str, str]) -> Candidates:
    """An option's name, or with ``--name=`` its value."""
    name, equals, start = word.partition("=")
    if equals:
        action = next((one for one in options if name in one.option_strings), None)
        own = _value(action, start, given) if action and action.nargs != 0 else Candidates()
        return own._replace(found=[Candidate(f"{name}={v}", about) for v, about in own.found])
    every = [
        Candidate(string, one.help or "")
        for one in options
        if one.help != argparse.SUPPRESS
        for string in one.option_strings
        if string.startswith("--") or word == string or len(one.option_strings) == 1
    ]
    return Candidates(_matching(every, word))


def _value(action: argparse.Action, word: str, given: dict[str, str]) -> Candidates:
    if action.choices:
        about = {one.dest: one.help for one in getattr(action, "_choices_actions", ())}
        every = [Candidate(str(one), about.get(one) or "") for one in action.choices]
        return Candidates(_matching(every, word))
    own = values(action, CompletionRequest(word, given))
    return own._replace(found=_matching(own.found, word))


def _matching(every: Sequence[Candidate], word: str) -> list[Candidate]:
    """Those that begin with ``word``; else those that contain it, as ids are long."""
    begin = [one for one in every if one.value.startswith(word)]
    return begin or [one for one in every if len(word) > 1 and word in one.value]
