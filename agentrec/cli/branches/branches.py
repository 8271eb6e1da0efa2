"""Show which recording was branched from which, and how each ended.

agentrec branches                 all recordings that have branches
agentrec branches run.ahr         the tree that this recording is in
agentrec branches --remove ID     remove a branch's directory and git branch; its recording stays
agentrec branches --remove-group NAME    the same for all runs of a group of `agentrec rerun`
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.branches.create import remove_unfinished
from agentrec.branches.lineage import LineageNode, lineage_trees
from agentrec.branches.remove import find_branch, plan_removal, remove_branch
from agentrec.cli.common import print_json, warn
from agentrec.cli.library.selection import date, progress
from agentrec.cli.snapshots.restore import agreed
from agentrec.errors import ExitCode, UsageError
from agentrec.library.locations import short_path
from agentrec.library.resolve import resolve
from agentrec.text import printable, shorten
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.branches.remove import Removal
    from agentrec.json_values import JsonObject

# Of a message or a command line.
_MAX_CHARS = 60
# Deeper branches begin again at the left: a chain of thousands would be gigabytes of spaces.
_MAX_INDENT = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help="a recording: show only the tree that it is in")
    add("--json", action="store_true", help="all nodes as a JSON array, parents first")
    add("--remove", metavar="BRANCH", help="remove the worktree of this branch (id or file)")
    add("--remove-group", metavar="NAME", help="remove the worktrees of this group of reruns")
    add("-y", "--yes", action="store_true", help="do not ask for confirmation")
    add("--force", action="store_true", help="remove it even if work would be lost")


def run(args: argparse.Namespace) -> int:
    if args.remove is not None or args.remove_group is not None:
        if args.file or None not in (args.remove, args.remove_group):
            raise UsageError("use one of --remove, --remove-group and FILE")
        return _remove(_entries(args), yes=args.yes, force=args.force)
    for name in remove_unfinished(os.environ):
        warn(f"removed the unfinished branch {name}")
    with progress() as show:
        file = resolve(args.file, os.environ) if args.file else None
        all_trees = lineage_trees(os.environ, file, show)
    if args.json:
        print_json([node.as_json() for tree in all_trees for node in tree.walk()])
    elif not all_trees:
        print("no recording has branches")
    else:
        for tree in all_trees:
            for line in _lines(tree):
                print(printable(line))
    return ExitCode.OK


def _lines(tree: LineageNode) -> Iterator[str]:
    """A tree, a line for each recording."""
    stack = [(tree, "", "")]
    while stack:
        node, mark, below = stack.pop()
        yield mark + _line(node)
        if len(below) > _MAX_INDENT:
            below = "… "
        last = len(node.children) - 1
        inner = [
            (
                child,
                below + ("└─ " if n == last else "├─ "),
                below + ("   " if n == last else "│  "),
            )
            for n, child in enumerate(node.children)
        ]
        stack += reversed(inner)


def _line(node: LineageNode) -> str:
    parent = node.parent
    parts = [node.id, node.status]
    if parent:
        when = "" if node.at is None else f" at {format_clock(node.at)}"
        parts = [f"{_point(parent)}{when}", *parts, str(parent.get("method", ""))]
    elif node.created:
        parts.insert(1, date(node.created))
    message = shorten(str(parent.get("message") or ""), _MAX_CHARS)
    parts.append(f"“{message}”" if message else shorten(node.what, _MAX_CHARS))
    parts.append(short_path(node.worktree, os.environ) if node.worktree else "")
    return "  ".join(part for part in parts if part)


def _entries(args: argparse.Namespace) -> list[JsonObject]:
    """The journal entries of what is to be removed. Raises AgentrecError."""
    if args.remove is not None:
        return [find_branch(args.remove, os.environ)]
    from agentrec.rerun.groups import journal_of_group

    for name in remove_unfinished(os.environ):
        warn(f"removed the unfinished branch {name}")
    return journal_of_group(args.remove_group, os.environ)


def _remove(entries: Sequence[JsonObject], *, yes: bool, force: bool) -> int:
    """Remove all or none: everything is looked at first."""
    removals = [plan_removal(entry, os.environ) for entry in entries]
    for removal in removals:
        _show_removal(removal)
    losing = [removal for removal in removals if removal.loses]
    for removal in losing:
        if not force:
            where = f" in {removal.entry['worktree']}" if len(removals) > 1 else ""
            raise UsageError(
                f"work would be lost{where}: {removal.loses}", "use --force to remove it anyway"
            )
        warn(f"lost: {removal.loses}")
    stays = "The recording stays." if len(removals) == 1 else "The recordings stay."
    if not yes and not agreed(f"Continue? {stays}", has_dry_run=False):
        print("nothing was removed")
        return ExitCode.NO
    troubles = [it for removal in removals for it in remove_branch(removal, os.environ)]
    for trouble in troubles:
        warn(trouble)
    return ExitCode.OUTPUT if troubles else ExitCode.OK


def _show_removal(removal: Removal) -> None:
    entry = removal.entry
    gone = "" if removal.exists else "  (does not exist)"
    print(f"directory  {printable(str(entry['worktree']))}{gone}")
    if entry.get("branch"):
        print(f"branch     {entry['branch']} of {printable(str(entry['repository']))}")


def _point(parent: Mapping[str, object]) -> str:
    """Where it branches off: before a step, or at a snapshot."""
    return f"step {parent['at_step']}" if "at_step" in parent else str(parent.get("snapshot", "?"))
