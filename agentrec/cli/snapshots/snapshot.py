"""Take a snapshot of the files in this directory.

Inside a recording, the snapshot belongs to the recording; elsewhere it stands alone.
  agentrec snapshot "before the migration"
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.capture.running import add_live_arguments, connected
from agentrec.text import plural

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("label", nargs="?", default="", metavar="LABEL", help="what to call it")
    add_live_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if args.socket or os.environ.get("AGENTREC_SOCKET"):
        from agentrec.capture.control.client import take_snapshot

        with connected(args.socket) as client:
            answer = take_snapshot(client, args.label)
        found, new, files = str(answer["id"]), bool(answer["new"]), int(answer["files"])
    else:
        found, new, files = _take(args.label)
    if not args.quiet:
        print(f"{found}  {plural(files, 'file')}" + ("" if new else ", nothing has changed since"))
    return 0


def _take(label: str) -> tuple[str, bool, int]:
    from agentrec.snapshots.snapshotter import Snapshotter

    snapshotter = Snapshotter.open(os.getcwd(), os.environ)
    snapshot, new = snapshotter.take(label, "manual")
    snapshotter.save_scan()
    snapshotter.store.close()
    return f"@{snapshot.id}", new, snapshot.files
