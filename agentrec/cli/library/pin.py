"""Protect a recording from `agentrec prune`.

agentrec pin FILE              pin it
agentrec pin --remove FILE     unpin it
agentrec pin                   list pinned recordings
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, found, print_json
from agentrec.config import data_home
from agentrec.errors import ExitCode, InputError
from agentrec.library.pins import Pins
from agentrec.recording.reader import Recording
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="a recording")
    parser.add_argument("--remove", action="store_true", help="unpin")
    add_json(parser, "print the ids of all pinned recordings as a JSON array")


def run(args: argparse.Namespace) -> int:
    pins = Pins(data_home(os.environ))
    for name, file in [(_id(file), file) for file in args.files]:
        changed = pins.change(name, pinned=not args.remove)
        if not args.json:
            state = "not pinned" if args.remove else "pinned"
            print(f"{printable(file)} is {state if changed else f'already {state}'}")
    if args.json:
        print_json(sorted(pins.read()))
    elif not args.files:
        print("".join(f"{printable(name)}\n" for name in sorted(pins.read())), end="")
    return ExitCode.OK


def _id(file: str) -> str:
    with Recording.outside(found(file, say=True)) as recording:  # its id shows without a key
        name = recording.header.get("id")
    if not isinstance(name, str) or not name or not name.isprintable():
        raise InputError(
            f"cannot pin {file}: it has no id", "copy it out of the data directory instead"
        )
    return name
