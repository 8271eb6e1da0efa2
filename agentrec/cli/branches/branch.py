"""Go on from a point of a recording, in a directory of its own, and record that.

  agentrec branch run.ahr --at s3 -m "use the other library instead"
  agentrec branch run.ahr --at 1:30 --dry-run
  agentrec branch run.ahr --at m12 -m "again, with tests first" --headless -- --model opus

The files are those of the snapshot, in a new git worktree on a new branch (a plain directory where there
is no repository); the agent goes on with its conversation as it was then, and your message. What it was
branched from is neither changed nor moved. `agentrec branches` shows what came from what, and removes
worktrees again. The exit code is that of the child, see `agentrec record --help`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from agentrec.branches.continuation import NO_CONVERSATION
from agentrec.branches.create import child_command, create_branch
from agentrec.branches.plan_text import describe
from agentrec.branches.planner import plan_branch
from agentrec.cli.common import opened, print_json
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.create import ChildCommand

TAKES_REST = True  # what stands behind -- is the agent's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec branch FILE [options] [-- ARGUMENT ...]"
    add = parser.add_argument
    add("file", metavar="FILE", help="a recording with snapshots")
    add(
        "--at",
        metavar="POINT",
        help="a snapshot (s3, first, last), a moment (m12) or a time (1:30), of which it is the "
        "snapshot before (default: the end)",
    )
    add("-m", "--message", default="", metavar="TEXT", help="what to tell the agent")
    add("--agent", default="", metavar="NAME", help="another agent, or any program")
    add("--worktree", default="", metavar="DIR", help="the new directory (default: beside)")
    add("--headless", action="store_true", help="use no terminal; the agent works alone")
    add("-o", "--out-file", default="", metavar="FILE", help="the child's recording")
    add("-n", "--dry-run", action="store_true", help="only show what would be done")
    add("--json", action="store_true", help="with --dry-run: as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.file == "-":
        raise UsageError("a branch needs a recording that stays: name a file")
    if args.json and not args.dry_run:
        raise UsageError("--json goes with --dry-run")
    with opened(args.file) as recording:
        found = plan_branch(
            recording,
            args.at,
            message=args.message,
            agent=args.agent,
            worktree=args.worktree,
            headless=args.headless,
            out=args.out_file,
            extra=args.rest,
        )
    if args.dry_run:
        found.store.close()
        _show(found, as_json=args.json)
        return ExitCode.OK
    try:
        _check(found)
    except UsageError:
        found.store.close()
        raise
    made = create_branch(found)
    for line in describe(made.plan):
        print(printable(line), file=sys.stderr)
    return _become(child_command(made))


def _show(found: BranchPlan, *, as_json: bool) -> None:
    if as_json:
        print_json(found.as_json())
        return
    for line in describe(found):
        print(printable(line))
    print("nothing was made: this is what would be")


def _check(found: BranchPlan) -> None:
    """Raises UsageError where the child could not be made or would wait for nobody."""
    out = found.wish.out
    if out and os.path.lexists(out):
        raise UsageError(f"{out} exists", "name another file for the child's recording")
    here = sys.stdin.isatty() and sys.stdout.isatty()
    if not found.wish.headless and not here and found.method != NO_CONVERSATION:
        raise UsageError("there is no terminal to talk to the agent in", "add --headless")


def _become(child: ChildCommand) -> NoReturn:
    """Run the child in our place: signals, terminal and exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.chdir(child.cwd)
        os.execve(child.argv[0], child.argv, child.env)  # noqa: S606 - so it is meant
    except OSError as error:
        raise OutputError(f"cannot start {child.argv[0]}: {error.strerror}") from None
