"""Merge a transaction into the branch that it began on, and end it.

  agentrec tx commit -m "fix the login"

Everything that git does not ignore is committed and merged. If the branch is
checked out, its files are updated; uncommitted work is never overwritten: if it
is in the way, nothing is merged. If both sides changed the same lines, both are
shown and nothing is merged. No hook runs. The worktree is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json, warn
from agentrec.cli.transactions.chosen import add_transaction, chosen, mark
from agentrec.errors import ExitCode
from agentrec.text import printable
from agentrec.transactions.merge import ConflictError
from agentrec.transactions.transaction_mark import COMMITTED, CONFLICT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.transactions.merge import Conflict

_MAX_LINES = 60  # of each file
_SHORT_COMMIT = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m", "--message", default="", metavar="TEXT", help="the message of the commit"
    )
    add_transaction(parser)


def run(args: argparse.Namespace) -> int:
    transaction = chosen(args)
    base = str(transaction.entry["base"])
    try:
        ended = transaction.commit(args.message)
    except ConflictError as error:
        mark(transaction, CONFLICT)
        if args.json:
            conflicts = [one.as_json() for one in error.conflicts]
            print_json({"committed": False, "base": base, "conflicts": conflicts})
        else:
            print(
                "\n".join(printable(line) for one in error.conflicts for line in _sides(one, base))
            )
        raise
    mark(transaction, COMMITTED)
    merge = ended.merge
    assert merge is not None
    for trouble in ended.troubles:
        warn(trouble)
    if args.json:
        print_json({"committed": True, "base": base, **merge._asdict(), "troubles": ended.troubles})
    elif merge.old == merge.new:
        print(printable(f"nothing to merge: {base} has it all; transaction {transaction.id} ended"))
    else:
        print(printable(f"merged into {base}: {merge.new[:_SHORT_COMMIT]}"))
    return ExitCode.OUTPUT if ended.troubles else ExitCode.OK


def _sides(conflict: Conflict, base: str) -> Iterator[str]:
    """Both sides of a file, cut to what fits."""
    for what, text in ((base, conflict.base), ("the transaction", conflict.transaction)):
        lines = text.splitlines()
        yield f"--- {conflict.path} on {what}" + ("" if text else " (not there, or empty)")
        yield from lines[:_MAX_LINES]
        if len(lines) > _MAX_LINES:
            yield f"... and {len(lines) - _MAX_LINES:,} more lines"
