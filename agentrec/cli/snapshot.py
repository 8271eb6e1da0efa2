"""Keep the files of this directory as they are now.

Inside a recording the snapshot becomes a point of it; elsewhere it is kept beside the recordings.
  agentrec snapshot "before the migration"
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from agentrec.cli.common import number
from agentrec.cli.live import add_live_arguments, ask
from agentrec.errors import InputError

if TYPE_CHECKING:
    import argparse

_PATIENCE = 600.0  # seconds; the first snapshot of a huge tree takes a while


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("label", nargs="?", default="", help="what to call it")
    add_live_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if args.socket or os.environ.get("AGENTREC_SOCKET"):
        answer = _ask(args.socket, args.label)
        found, new, files = str(answer["id"]), bool(answer["new"]), int(answer["files"])
    else:
        found, new, files = _take(args.label)
    if not args.quiet:
        print(f"{found}  {number(files, 'file')}" + ("" if new else ", nothing has changed since"))
    return 0


def _ask(socket: str | None, label: str) -> dict[str, Any]:
    """Have the recorder take it, and wait."""
    ticket = ask(socket, {"op": "snapshot", "label": label})["ticket"]
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        answer = ask(socket, {"op": "snapshot", "ticket": ticket})
        if answer["done"]:
            if "error" in answer:
                raise InputError(str(answer["error"]))
            return answer
        time.sleep(0.03)
    raise InputError("the recorder does not answer")


def _take(label: str) -> tuple[str, bool, int]:
    from agentrec.snapshots.take import Taker

    taker = Taker.open(os.getcwd(), os.environ)
    snapshot, new = taker.take(label, "manual")
    taker.remember()
    taker.store.close()
    return f"@{snapshot.id}", new, snapshot.files
