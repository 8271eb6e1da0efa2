"""Play a run again: the same agent and files, every model call answered from the recording.

  agentrec ghost run.ahr                        in a new directory, without any network
  agentrec ghost run.ahr --in /tmp/again --headless
  agentrec ghost run.ahr -- claude -p "the same words"
  agentrec ghost run.ahr --explain              what would run, and what may differ

The agent and its tools really run, so commands run again. A request that has no recorded answer ends the run
with exit code 123 and says how it differs from the nearest recorded one. The recording has to be made with
--model-calls. The ghost is recorded, too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.branches.ghost_play import add_play_options, leave_network, play, report
from agentrec.cli.common import opened, print_json
from agentrec.errors import ExitCode, UsageError
from agentrec.ghost.ghost_run import GhostPlan, make_directory, plan_ghost
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

TAKES_REST = True  # what is after -- is the command

HANDLES_SIGNALS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec ghost FILE [options] [-- COMMAND]"
    add = parser.add_argument
    add("file", metavar="FILE", help="a recording made with --model-calls")
    add("--in", dest="directory", default="", metavar="DIR", help="a new or empty directory")
    add_play_options(parser)
    add("--explain", action="store_true", help="only show what would run, and what may differ")
    add("--json", action="store_true", help="with --explain: as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.json and not args.explain:
        raise UsageError("--json needs --explain")
    if args.file == "-":
        raise UsageError("cannot play standard input again", "pass a file")
    with opened(args.file) as recording:
        plan = plan_ghost(recording, args.rest, args.directory)
    if args.explain:
        _explain(plan, as_json=args.json)
        return ExitCode.OK
    leave_network(plan, args)
    make_directory(plan, os.environ)
    return report(play(plan, args, plan.parent), quiet=args.quiet)


def _explain(plan: GhostPlan, *, as_json: bool) -> None:
    from agentrec.ghost.volatile import rules

    if as_json:
        print_json({**plan.as_json(), "volatile": [str(rule) for rule in rules()]})
        return
    print(f"command: {printable(' '.join(plan.argv))}")
    print(f"directory: {printable(plan.cwd)}")
    print(f"files: {plan.snapshot.id if plan.snapshot else 'none, the recording has no snapshot'}")
    print(f"recorded answers: {len(plan.calls)}")
    for span in plan.masked:
        print(f"cannot be used: {span} holds a masked secret")
    print("may differ: the directory, and")
    for rule in rules():
        print(f"  {rule}")
