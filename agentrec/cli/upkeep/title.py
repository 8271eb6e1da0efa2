"""Show or change the title of a recording that has ended.

agentrec title last                     print it
agentrec title last 'fix the parser'    change it; '' removes it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, add_json, found, print_json
from agentrec.cli.upkeep.about import about, change
from agentrec.errors import ExitCode
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("title", nargs="?", metavar="TEXT", help="the new title")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    path = found(args.file, say=args.title is not None)
    if args.title is not None:
        change(path, title=" ".join(args.title.split()))
    now = about(path)
    if args.json:
        print_json(now)
    elif args.title is None:
        print(printable(str(now["title"])))
    else:
        print(f"the title of {printable(path)} is {printable(str(now['title']))!r}")
    return ExitCode.OK
