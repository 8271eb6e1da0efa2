"""Begin a transaction: a git worktree and a branch of its own, at this commit.

  agentrec tx begin
  agentrec tx begin --name fix-login ../shop
  cd "$(agentrec tx begin --quiet)" && claude

Work in the directory that it prints. `agentrec tx commit` merges the work into
the branch that is checked out now, `agentrec tx abort` gives it up.
Uncommitted changes are not in the transaction.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, warn
from agentrec.cli.transactions.chosen import mark
from agentrec.errors import ExitCode
from agentrec.text import plural, printable
from agentrec.transactions.begin import uncommitted
from agentrec.transactions.transaction import Transaction
from agentrec.transactions.transaction_mark import BEGUN

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("dir", nargs="?", default=".", metavar="DIR", help="a repository (default: this one)")
    add("--name", default="", metavar="NAME", help="what to call it; letters, digits, - and _")
    add("-q", "--quiet", action="store_true", help="print the directory alone")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    transaction = Transaction.begin(args.dir, os.environ, args.name)
    mark(transaction, BEGUN)
    about = transaction.as_json()
    if args.json:
        print_json(about)
        return ExitCode.OK
    if args.quiet:
        print(transaction.worktree)
        return ExitCode.OK
    print(printable(f"transaction {transaction.id} begun on {about['base']}"))
    print(printable(f"work in {transaction.worktree}"))
    print("then `agentrec tx commit` there, or `agentrec tx abort`")
    if count := uncommitted(str(about["repository"])):
        are = "is" if count == 1 else "are"
        files = f"{plural(count, 'uncommitted file')} of {about['repository']}"
        warn(f"{files} {are} not in the transaction")
    return ExitCode.OK
