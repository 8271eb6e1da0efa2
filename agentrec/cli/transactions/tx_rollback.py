"""Go back to a savepoint of a transaction: files, directories and commit.

  agentrec tx rollback              to the beginning
  agentrec tx rollback 2            to savepoint 2
  agentrec tx rollback --undo       undo the last rollback

What was made since is removed, ignored files too; a savepoint is taken first.
Ignored and large files that were there at the savepoint stay as they are. The
transaction stays open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json
from agentrec.cli.transactions.chosen import add_transaction, chosen, mark
from agentrec.errors import ExitCode, UsageError
from agentrec.text import plural, printable
from agentrec.transactions.transaction_mark import ROLLED_BACK

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("to", nargs="?", metavar="SAVEPOINT", help="its number or name (default: the beginning)")
    add("--undo", action="store_true", help="undo the last rollback, even one that was killed")
    add_transaction(parser)


def run(args: argparse.Namespace) -> int:
    if args.undo and args.to is not None:
        raise UsageError("--undo and SAVEPOINT exclude each other", "use one of them")
    transaction = chosen(args)
    target = transaction.undo_rollback() if args.undo else transaction.rollback(args.to or 0)
    mark(transaction, ROLLED_BACK, target)
    if args.json:
        print_json(target.as_json())
        return ExitCode.OK
    named = f" {target.name}" if target.name else ""
    print(
        printable(
            f"rolled back to savepoint {target.number}{named}: {plural(target.files, 'file')}"
        )
    )
    print("`agentrec tx rollback --undo` undoes it")
    return ExitCode.OK
