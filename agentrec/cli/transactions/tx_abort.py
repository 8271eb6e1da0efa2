"""End a transaction without merging it: its worktree and its branch are removed.

  agentrec tx abort

A snapshot keeps its files; the command prints how to get them back. Ignored
and large files are lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json, warn
from agentrec.cli.snapshots.restore import agreed
from agentrec.cli.transactions.chosen import add_transaction, chosen, mark
from agentrec.errors import ExitCode
from agentrec.text import printable
from agentrec.transactions.transaction_mark import ABORTED

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")
    add_transaction(parser)


def run(args: argparse.Namespace) -> int:
    transaction = chosen(args)
    question = f"Remove {printable(transaction.worktree)}? A snapshot of its files is taken first."
    if not args.yes and not agreed(question, has_dry_run=False):
        print("nothing was removed")
        return ExitCode.NO
    ended = transaction.abort()
    mark(transaction, ABORTED)
    for trouble in ended.troubles:
        warn(trouble)
    if args.json:
        last = ended.last.as_json() if ended.last else None
        print_json({"id": transaction.id, "last": last, "troubles": ended.troubles})
        return ExitCode.OUTPUT if ended.troubles else ExitCode.OK
    print(f"transaction {transaction.id} aborted")
    if ended.last is not None:
        print(f"`agentrec tx open -t {transaction.id} {ended.last.number} DIR` writes its files")
    return ExitCode.OUTPUT if ended.troubles else ExitCode.OK
