"""Keep the files of a transaction as they are now, to go back to.

agentrec tx savepoint
agentrec tx savepoint "tests are green"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json
from agentrec.cli.transactions.chosen import add_transaction, chosen, mark
from agentrec.errors import ExitCode
from agentrec.text import plural, printable
from agentrec.transactions.transaction_mark import SAVEPOINT

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="what to call it")
    add_transaction(parser)


def run(args: argparse.Namespace) -> int:
    transaction = chosen(args)
    made = transaction.savepoint(args.name)
    mark(transaction, SAVEPOINT, made)
    if args.json:
        print_json(made.as_json())
    else:
        named = f" {made.name}" if made.name else ""
        print(printable(f"savepoint {made.number}{named}: {plural(made.files, 'file')}"))
    return ExitCode.OK
