"""Remove old recordings from the data directory, and the snapshots of recordings that are gone.

Recordings that a kept recording or branch depends on stay, as do pinned ones (`agentrec pin`) and
files outside the data directory.

  agentrec prune --keep-last 50 --keep-days 30 --dry-run
"""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from agentrec.branches.journal import parents_in_use
from agentrec.cli.common import print_json, warn
from agentrec.cli.progress import progress
from agentrec.cli.snapshots.restore import agreed
from agentrec.errors import ExitCode, UsageError
from agentrec.library.pins import prune_items
from agentrec.snapshots.pruning import (
    PruneCandidate,
    RetentionPolicy,
    prune_lock,
    removal_steps,
    remove,
    to_prune,
)
from agentrec.snapshots.scan.snapshot_rules import parse_size
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--keep-last", type=int, metavar="N", help="keep the newest N recordings")
    add("--keep-days", type=float, metavar="DAYS", help="keep recordings of the last DAYS days")
    add(
        "--max-size",
        metavar="SIZE",
        help="then remove the oldest until at most this much is left, such as 20GB",
    )
    add("--project", default="", metavar="NAME", help="only recordings made in this project")
    add("-n", "--dry-run", action="store_true", help="show what would be removed, and stop")
    add("-y", "--yes", action="store_true", help="do not ask for confirmation")
    add("--json", action="store_true", help="print what is removed as a JSON array")


def run(args: argparse.Namespace) -> int:
    most = parse_size(args.max_size, "--max-size") if args.max_size is not None else None
    policy = RetentionPolicy(args.keep_last, args.keep_days, most)
    if policy == RetentionPolicy(None, None, None):
        raise UsageError(
            "no limit given", "use at least one of --keep-last, --keep-days, --max-size"
        )
    if any(value is not None and value < 0 for value in policy):
        raise UsageError("the limits cannot be negative")
    with nullcontext() if args.dry_run else prune_lock(os.environ):
        every, gone = _candidates(policy, args.project)
    if args.json:
        print_json([_as_json(item) for item in gone])
    else:
        _show(gone, len(every))
    if args.dry_run or not gone:
        return ExitCode.OK
    if not args.yes and not agreed("Remove them?"):
        print("nothing was removed")
        return ExitCode.NO
    agreed_on = {item.id for item in gone}
    with prune_lock(os.environ):
        # Another prune may have removed some meanwhile.
        _, gone = _candidates(policy, args.project)
        gone = [item for item in gone if item.id in agreed_on]
        with progress("removing", removal_steps(gone), "steps") as advance:
            troubles = remove(gone, advance)
    for trouble in troubles:
        warn(trouble)
    return ExitCode.OUTPUT if troubles else ExitCode.OK


def _candidates(
    policy: RetentionPolicy, project: str
) -> tuple[list[PruneCandidate], list[PruneCandidate]]:
    """All recordings, and those to remove."""
    needed = parents_in_use(os.environ)
    every = [_kept(item, needed) for item in prune_items(os.environ, project)]
    return every, to_prune(every, policy)


def _kept(item: PruneCandidate, needed: set[str]) -> PruneCandidate:
    """A recording stays while a directory that `agentrec branch` made from it exists."""
    return item._replace(fixed=item.fixed or ("has a branch" if item.id in needed else ""))


def _as_json(item: PruneCandidate) -> dict[str, object]:
    return {
        "id": item.id,
        "file": item.file or None,
        "bytes": item.size,
        "snapshots": sum(chain.number for chain in item.chains),
    }


def _show(gone: list[PruneCandidate], count: int) -> None:
    for item in gone:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(item.created / 1e9))
        snapshots = plural(sum(chain.number for chain in item.chains), "snapshot")
        what = format_size(item.size) if item.file else "only snapshots"
        print(f"{when}  {what:>14}  {snapshots:>14}  {printable(item.file or item.id)}")
    print(f"{len(gone)} of {plural(count, 'recording')} to remove")
