"""Show open transactions and their savepoints.

agentrec tx begin          begin one, in a worktree of its own
agentrec tx savepoint      keep its files as they are now
agentrec tx rollback 2     go back to savepoint 2
agentrec tx commit         merge it into the branch that it began on
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, warn
from agentrec.cli.library.selection import date
from agentrec.errors import ExitCode
from agentrec.library.locations import short_path
from agentrec.text import plural, printable
from agentrec.transactions.transaction import open_transactions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.errors import AgentrecError
    from agentrec.transactions.savepoint import Savepoint
    from agentrec.transactions.transaction import Transaction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    troubles: list[AgentrecError] = []
    every = open_transactions(os.environ, troubles)
    status = ExitCode.OUTPUT if troubles else ExitCode.OK
    for error in troubles:
        warn(f"{error}; {error.hint}" if error.hint else str(error))
    if args.json:
        print_json([one.as_json() for one in every])
        return status
    if not every:
        print("no open transactions; `agentrec tx begin` begins one")
    for transaction in every:
        for line in _lines(transaction):
            print(printable(line))
    return status


def _lines(transaction: Transaction) -> Iterator[str]:
    about = transaction.as_json()
    name = f"  {about['name']}" if about["name"] else ""
    yield f"{transaction.id}{name}"
    ahead = int(str(about["base_commits_since"]))
    moved = f" (has {plural(ahead, 'commit')} more now)" if ahead else ""
    yield f"  on {about['base']}{moved}, in {short_path(transaction.worktree, os.environ)}"
    if about["rollback_interrupted"]:
        yield "  a rollback was not completed: repeat it, or `agentrec tx rollback --undo`"
    for one in transaction.savepoints:
        yield "  " + _savepoint(one)


def _savepoint(one: Savepoint) -> str:
    parts = [f"{one.number:>3}", date(one.created), plural(one.files, "file"), one.name]
    return "  ".join(part for part in parts if part)
