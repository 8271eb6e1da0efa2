"""Forget the name of a golden run. The recording stays, and is unpinned unless something else pinned it.

agentrec golden remove fix-tests
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.errors import ExitCode
from agentrec.golden.golden_store import GoldenStore
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a golden run")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    golden = GoldenStore(os.environ).remove(args.name)
    if args.json:
        print_json(golden.as_json())
    else:
        print(printable(f"golden run {golden.name} removed; its recording is {golden.file}"))
    return ExitCode.OK
