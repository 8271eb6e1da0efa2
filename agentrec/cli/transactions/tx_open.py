"""Write the files of a savepoint into a new directory, also after the transaction has ended.

agentrec tx open 2 ../look
agentrec tx open -t fix-login begin ../look
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json, warn
from agentrec.cli.transactions.chosen import add_transaction, chosen
from agentrec.errors import ExitCode
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("savepoint", metavar="SAVEPOINT", help="its number or name")
    add("dir", metavar="DIR", help="a directory that does not exist, or is empty")
    add_transaction(parser)


def run(args: argparse.Namespace) -> int:
    savepoint, troubles = chosen(args).write_files(args.savepoint, args.dir)
    for path, why in troubles:
        warn(f"{path}: {why}")
    if args.json:
        print_json(savepoint.as_json())
    else:
        print(printable(f"{plural(savepoint.files - len(troubles), 'file')} written to {args.dir}"))
    return ExitCode.OUTPUT if troubles else ExitCode.OK
