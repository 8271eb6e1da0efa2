"""Print a shell completion script.

agentrec completion bash > ~/.local/share/bash-completion/completions/agentrec
agentrec completion zsh  > ~/.zfunc/_agentrec              with `fpath+=~/.zfunc` before `compinit`
agentrec completion fish > ~/.config/fish/completions/agentrec.fish
"""

from __future__ import annotations

import argparse
from importlib.resources import files

from agentrec.errors import ExitCode, UsageError

TAKES_REST = True

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec completion SHELL"
    parser.add_argument("shell", nargs="?", choices=SHELLS)
    # What the scripts call: the words of the command line come after --.
    parser.add_argument("--candidates", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    if args.candidates:
        from agentrec.cli.completion.candidates import candidates

        print("\n".join(candidates(args.rest).lines()))
    elif args.shell:
        print(files(__package__).joinpath(f"agentrec.{args.shell}").read_text(), end="")
    else:
        raise UsageError("missing SHELL", f"use one of {', '.join(SHELLS)}")
    return ExitCode.OK
