"""Remove recordings and their snapshots, after saying what depends on them.

agentrec rm last
agentrec rm a.ahr b.ahr --dry-run      show what would be removed, and stop
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import RECORDING_FILE, found, print_json, warn
from agentrec.cli.library.selection import library
from agentrec.cli.progress import progress
from agentrec.cli.snapshots.restore import agreed
from agentrec.cli.upkeep.removal import planned, remove_all
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import Filters
from agentrec.library.locations import roots
from agentrec.snapshots.pruning import prune_lock
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.cli.upkeep.removal import RecordingRemoval


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help=RECORDING_FILE)
    add("-n", "--dry-run", action="store_true", help="show what would be removed, and stop")
    add("-y", "--yes", action="store_true", help="do not ask for confirmation")
    add("--force", action="store_true", help="remove pinned recordings, too")
    add("--json", action="store_true", help="print what is removed as a JSON array")


def run(args: argparse.Namespace) -> int:
    paths = list(dict.fromkeys(os.path.realpath(found(name, say=True)) for name in args.files))
    filters = Filters([*roots([], os.environ), *paths])
    with library(filters) as store:
        removals = planned(paths, store, filters, os.environ)
    for one in removals:
        if one.pinned and not args.force:
            raise UsageError(
                f"{one.file} is pinned", f"`agentrec pin --remove {one.file}`, or use --force"
            )
    if args.json:
        print_json([one.as_json() for one in removals])
    else:
        print("\n".join(line for one in removals for line in _lines(one)))
    if args.dry_run:
        return ExitCode.OK
    what = "it" if len(removals) == 1 else "them"
    if not args.yes and not agreed(f"Remove {what}?"):
        print("nothing was removed")
        return ExitCode.NO
    with prune_lock(os.environ), progress("removing", len(removals), "recordings") as advance:
        troubles = remove_all(removals, os.environ, advance)
    for trouble in troubles:
        warn(trouble)
    return ExitCode.OUTPUT if troubles else ExitCode.OK


def _lines(one: RecordingRemoval) -> list[str]:
    """What goes with a recording, and what depends on it."""
    what = f"{one.file}: {format_size(one.size)}, {plural(one.snapshots, 'snapshot')}"
    notes = f", {plural(one.notes, 'note')}" if one.notes else ""
    lines = [what + notes]
    lines += [f"  branch {name} comes from it" for name in one.branches]
    lines += [f"  golden run {name} is this recording" for name in one.golden]
    lines += [f"  {path} is cut from it" for path in one.cuts]
    lines += [f"  {path} is a copy of it" for path in one.copies]
    if one.source:
        lines.append(f"  the next `agentrec import` makes it again, from {one.source}")
    if one.keeps_snapshots and one.snapshots:
        lines.append("  its snapshots stay, because they are needed there")
    return [printable(line) for line in lines]
