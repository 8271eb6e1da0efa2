"""Print a shell completion script.

agentrec completion bash > ~/.local/share/bash-completion/completions/agentrec
agentrec completion zsh  > ~/.zfunc/_agentrec              with `fpath+=~/.zfunc` before `compinit`
agentrec completion fish > ~/.config/fish/completions/agentrec.fish
"""

from __future__ import annotations

import argparse
from importlib import import_module

from agentrec.cli.commands import COMMANDS, SHORT, SUBCOMMANDS
from agentrec.errors import ExitCode

SHELLS = ("bash", "zsh", "fish")
_PATHS = ("FILE", "DIR", "FOLDER", "OUT", "IN")  # metavars of what is completed as a path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)


def run(args: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(_everything(), shell=args.shell))
    return ExitCode.OK


def _everything() -> argparse.ArgumentParser:
    """All commands in one parser, which only completion needs: it imports every one of them."""
    whole = argparse.ArgumentParser("agentrec", allow_abbrev=False)
    commands = whole.add_subparsers(dest="command")
    for name, (module, summary) in (COMMANDS | SHORT).items():
        parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if nested := SUBCOMMANDS.get(name):
            group = parser.add_subparsers(dest="subcommand")
            for inner, (inner_module, about) in nested.items():
                _fill(group.add_parser(inner, help=about, allow_abbrev=False), inner_module)
        else:
            _fill(parser, module)
    return whole


def _fill(parser: argparse.ArgumentParser, module: str) -> None:
    """The command's arguments, with paths completed as paths."""
    import shtab

    import_module(f"agentrec.cli.{module}").add_arguments(parser)
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        if str(action.metavar).partition("@")[0] in _PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab's way
