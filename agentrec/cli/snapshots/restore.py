"""Restore a recording's directory to what it was in a snapshot.

Shows what will change, takes a snapshot of the current files first, and changes only what differs.
`agentrec undo` undoes it.
  agentrec restore run.ahr@s3 --dry-run
  agentrec restore run.ahr@s3 src/main.py
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.snapshots.snapshot_names import SYNTAX, Named, below, check_paths, named, paths_of
from agentrec.errors import ExitCode, UsageError
from agentrec.snapshots.restore.restore import Restorer
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from agentrec.snapshots.restore.restore import RestorePlan, RestoreResult

_MAX_PATHS = 40
_SIGNS = {"added": "+", "deleted": "-", "changed": "M", "mode": "m", "type": "T"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("snapshot", metavar="FILE@SNAP")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="only these files")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")


def run(args: argparse.Namespace) -> int:
    name = named(args.snapshot, say=True)
    try:
        return _run(args, name)
    finally:
        name.store.close()


def _run(args: argparse.Namespace, name: Named) -> int:
    rules = load_rules(os.environ, name.store.workspace)
    restorer = Restorer(name.store, rules)
    paths = paths_of(name, args.paths)
    check_paths(name, paths)
    only = _chooser(paths)
    plan = restorer.plan(name.snapshot, name.last, only)
    show(plan, name.store.workspace)
    if plan.empty or args.dry_run:
        return ExitCode.OK
    if not args.yes and not agreed():
        print("nothing was changed")
        return ExitCode.NO
    return report(restorer.restore(name.snapshot, name.last, only))


def _chooser(paths: list[str]) -> Callable[[str], bool] | None:
    if not paths:
        return None
    return lambda path: below(path, paths)


def show(plan: RestorePlan, workspace: str) -> None:
    """Print what will change."""
    files = plan.steps.files
    print(f"{printable(workspace)}: {plural(len(files), 'file')} to change")
    foreign = set(plan.foreign)
    for change in files[:_MAX_PATHS]:
        word = "  (changed since the recording)" if change.path in foreign else ""
        what = _SIGNS[change.what] if change.old and change.new else "+" if change.new else "-"
        print(f"  {what} {printable(change.path)}{word}")
    if len(files) > _MAX_PATHS:
        print(f"  ... and {len(files) - _MAX_PATHS:,} more")
    for change in plan.steps.folders[:_MAX_PATHS]:
        print(f"  {_SIGNS[change.what]} {printable(change.path)}/")
    if plan.foreign:
        warn(f"{plural(len(plan.foreign), 'file')} changed since the recording's last snapshot")
    if plan.kept:
        print(
            f"not touched: {plural(len(plan.kept), 'file')} that the snapshot left out on purpose"
        )
    for path, why in list(plan.lost.items())[:_MAX_PATHS]:
        print(f"  = {printable(path)} stays as it is: {why}")


def agreed(
    question: str = "Continue? A snapshot of the current files is taken first.",
    *,
    has_dry_run: bool = True,
) -> bool:
    """Ask for confirmation. Raises UsageError if nobody can answer.

    ``has_dry_run``: the command has the option.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "cannot ask for confirmation: standard input is not a terminal",
            "check with --dry-run, then use --yes" if has_dry_run else "use --yes",
        )
    # Standard output is for the result, which may be JSON.
    print(f"{question} [y/N] ", end="", flush=True, file=sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def report(done: RestoreResult, *, undo: bool = False) -> int:
    """Print what was done."""
    for path, why in done.troubles:
        warn(f"{printable(path)}: {why}")
    if done.safety is not None:
        count = len(done.plan.steps.files) - len(done.troubles)
        before = f"@{done.safety.commit[:12]}"
        print(f"{plural(count, 'file')} changed; the previous files are in {before}")
        back = f"agentrec restore {before}" if undo else "agentrec undo"
        print(f"`{back}` undoes it")
    return ExitCode.NO if done.troubles else ExitCode.OK
