"""Undo the last `agentrec restore` in this directory, even one that was killed.

Only the files it changed are touched, and a snapshot of the current files is taken first.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.snapshots.restore import agreed, report, show
from agentrec.cli.snapshots.snapshot_names import here
from agentrec.errors import ExitCode
from agentrec.snapshots.restore.restore import Restorer
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--dry-run", action="store_true", help="only show what would change")
    parser.add_argument(
        "-y",
        "--yes",
        action="store_true",
        help="do not ask for confirmation, even if files have changed since",
    )


def run(args: argparse.Namespace) -> int:
    store = here()
    try:
        restorer = Restorer(store, load_rules(os.environ, store.workspace))
        record, plan = restorer.plan_undo()
        print(f"undoing the restore to {printable(record.name)}")
        if record.state == "begun":
            warn("that restore was not completed")
        show(plan, store.workspace)
        if args.dry_run:
            return ExitCode.OK
        if plan.foreign and not args.yes and not agreed():
            print("nothing was changed")
            return ExitCode.NO
        return report(restorer.undo()[1], undo=True)
    finally:
        store.close()
