"""Which transaction a command is about, and a mark in the recording around the command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json
from agentrec.errors import AgentrecError
from agentrec.transactions.transaction import find_transaction
from agentrec.transactions.transaction_mark import mark_of

if TYPE_CHECKING:
    import argparse

    from agentrec.transactions.savepoint import Savepoint
    from agentrec.transactions.transaction import Transaction


def add_transaction(parser: argparse.ArgumentParser) -> None:
    """The options that commands about one transaction have."""
    parser.add_argument(
        "-t",
        "--transaction",
        default="",
        metavar="TX",
        help="its id or name (default: the one around this directory, or the only open one)",
    )
    add_json(parser)


def chosen(args: argparse.Namespace) -> Transaction:
    """The transaction that the options name. Raises AgentrecError."""
    return find_transaction(args.transaction, os.getcwd(), os.environ)


def mark(transaction: Transaction, action: str, savepoint: Savepoint | None = None) -> None:
    """Mark this point in the recording around us, if there is one."""
    if not os.environ.get("AGENTREC_SOCKET"):
        return
    from agentrec.cli.capture.running import ask

    try:
        made = mark_of(transaction, action, savepoint)
        ask(None, {"op": "mark", "label": made.label, **made.details})
    except AgentrecError:
        return  # it has ended, or was started for something else
