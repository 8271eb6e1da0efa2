"""Continue from a point of a recording, in a new directory, and record that.

  agentrec branch run.ahr --at s3 -m "use the other library instead"
  agentrec branch run.ahr --at 1:30 --dry-run
  agentrec branch run.ahr --at m12 -m "again, with tests first" --headless -- --model opus
  agentrec branch run.ahr --at first --again

The files are those of the snapshot, or of a commit if the run was imported or is encrypted, in a new git
worktree on a new branch (or a plain directory if there is no repository). The agent goes on with its
conversation as it was at that point, and your message. The original recording, conversation and directory are
not changed. The branch of an encrypted recording is encrypted to the same recipients.
`agentrec branches` shows which recording was branched from which, and removes worktrees. The exit code is as
with `agentrec record`, see its --help.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from agentrec.agents.resume.resumption import REPLAYED_PROMPTS
from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.call_replay import REPLAYED_CALLS
from agentrec.branches.continuation import NO_CONVERSATION
from agentrec.branches.create import child_command, create_branch
from agentrec.branches.plan_text import plan_lines
from agentrec.branches.planner import plan_branch
from agentrec.cli.common import add_identity, opened, output_file, print_json
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.create import ChildCommand

TAKES_REST = True  # arguments after -- are the agent's

HANDLES_SIGNALS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec branch FILE [options] [-- ARGUMENT ...]"
    add = parser.add_argument
    add_identity(parser)
    add("file", metavar="FILE", help="a recording with snapshots, or an imported or encrypted one")
    add(
        "--at",
        metavar="POINT",
        help="a snapshot (s3, first), a mark (m12), a time (1:30) or last, the end; with a mark or a "
        "time, the files are those of the snapshot before it (default: last)",
    )
    add("-m", "--message", default="", metavar="TEXT", help="what to tell the agent")
    add("--agent", default="", metavar="PROGRAM", help="use another agent, or run any program")
    add(
        "--method",
        choices=(REPLAYED_CALLS, REPLAYED_PROMPTS),
        default="",
        help="how the conversation continues (default: the best way there is)",
    )
    add("-y", "--yes", action="store_true", help="do not ask before commands run again")
    add("--again", action="store_true", help="run the same command again, without a message")
    add(
        "--worktree",
        default="",
        metavar="DIR",
        help="the new directory (default: beside the workspace)",
    )
    add("--headless", action="store_true", help="use no terminal; the agent works alone")
    add(
        "-o",
        "--out-file",
        type=output_file,
        default="",
        metavar="FILE",
        help="the branch's recording",
    )
    add("-n", "--dry-run", action="store_true", help="only show what would be done")
    add("--json", action="store_true", help="with --dry-run: as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.file == "-":
        raise UsageError("cannot branch from standard input", "pass a file")
    if args.json and not args.dry_run:
        raise UsageError("--json needs --dry-run")
    request = BranchRequest(
        message=args.message,
        agent=args.agent,
        worktree=args.worktree,
        headless=args.headless,
        out=args.out_file,
        extra=tuple(args.rest),
        again=args.again,
        method=args.method,
    )
    with opened(args.file, say=True) as recording:
        plan = plan_branch(recording, args.at, request)
    if args.dry_run:
        plan.close()
        _show(plan, as_json=args.json)
        return ExitCode.OK
    try:
        _check(plan)
        _ask(plan, yes=args.yes)
    except UsageError:
        plan.close()
        raise
    created = create_branch(plan)
    for line in plan_lines(plan):
        print(printable(line), file=sys.stderr)
    return _become(child_command(created))


def _show(plan: BranchPlan, *, as_json: bool) -> None:
    if as_json:
        print_json(plan.as_json())
        return
    for line in plan_lines(plan):
        print(printable(line))
    print("dry run: nothing was created")


def _check(plan: BranchPlan) -> None:
    """Raises UsageError if the child could not be recorded, or would wait for input that cannot come."""
    out = plan.request.out
    if out and os.path.lexists(out):
        raise UsageError(f"{out} already exists", "choose another file for the branch's recording")
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not plan.request.headless and not terminal and plan.method != NO_CONVERSATION:
        raise UsageError("standard input and output are not a terminal", "add --headless")


def _ask(plan: BranchPlan, *, yes: bool) -> None:
    """Raises UsageError unless the user agrees that recorded tool calls run again."""
    if plan.replay is None or not plan.replay.runs_again or yes:
        return
    for line in plan_lines(plan):
        print(printable(line), file=sys.stderr)
    again = plural(len(plan.replay.runs_again), "tool call")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"{again} would run again, and cannot ask: stdin is not a terminal",
            "use --yes, or --method replayed-prompts",
        )
    print(f"{again} will run again. Continue? [y/N] ", end="", flush=True, file=sys.stderr)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was created", "--method replayed-prompts runs nothing again")


def _become(child: ChildCommand) -> NoReturn:
    """Replace this process with the child: signals, terminal and exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.chdir(child.cwd)
        os.execve(child.argv[0], child.argv, child.env)  # noqa: S606 - meant
    except OSError as error:
        raise OutputError(f"cannot start {child.argv[0]}: {error.strerror}") from None
