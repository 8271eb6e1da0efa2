"""Show, add or remove the tags of a recording that has ended.

agentrec tag last                   print its tags
agentrec tag last demo parser       add two
agentrec tag last --remove demo     remove one
agentrec ls --tag parser            list the recordings that have it
"""

from __future__ import annotations

import argparse

from agentrec.cli.common import add_file, add_json, found, print_json
from agentrec.cli.upkeep.about import about, change, tag
from agentrec.errors import ExitCode
from agentrec.text import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("tags", nargs="*", type=tag, metavar="TAG", help="tags to add")
    parser.add_argument(
        "--remove",
        action="append",
        type=tag,
        default=[],
        metavar="TAG",
        help="remove this tag (repeatable)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    changes = bool(args.tags or args.remove)
    path = found(args.file, say=changes)
    if changes:
        change(path, add=args.tags, remove=args.remove)
    now = about(path)
    if args.json:
        print_json(now)
    else:
        print(printable(" ".join(now["tags"])))
    return ExitCode.OK
