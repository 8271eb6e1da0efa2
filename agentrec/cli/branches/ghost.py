"""Play a run again: the same agent and files, every model call answered from the recording.

  agentrec ghost run.ahr                        in a new directory, without any network
  agentrec ghost run.ahr --in /tmp/again --headless
  agentrec ghost run.ahr -- claude -p "the same words"
  agentrec ghost run.ahr --explain              what would run, and what may differ
  agentrec ghost run.ahr --as-server 8123       a model server for any client

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

_MAX_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec ghost FILE [options] [-- COMMAND]"
    add = parser.add_argument
    add("file", metavar="FILE", help="a recording made with --model-calls")
    add("--in", dest="directory", default="", metavar="DIR", help="a new or empty directory")
    add_play_options(parser)
    add(
        "--as-server",
        type=_port,
        metavar="PORT",
        help="start no agent: answer any client on this port of loopback; 0 takes a free one",
    )
    add("--explain", action="store_true", help="only show what would run, and what may differ")
    add(
        "--json",
        action="store_true",
        help="with --explain: as a JSON object; with --as-server: a line each",
    )


def run(args: argparse.Namespace) -> int:
    if args.json and not args.explain and args.as_server is None:
        raise UsageError("--json needs --explain or --as-server")
    if args.file == "-":
        raise UsageError("cannot play standard input again", "pass a file")
    if args.as_server is not None:
        from agentrec.cli.branches.ghost_as_server import serve

        return serve(args)
    with opened(args.file) as recording:
        plan = plan_ghost(recording, args.rest, args.directory)
    if args.explain:
        _explain(plan, as_json=args.json)
        return ExitCode.OK
    leave_network(plan, args)
    make_directory(plan, os.environ)
    return report(play(plan, args, plan.parent), quiet=args.quiet)


def _port(text: str) -> int:
    """A port, for argparse."""
    import argparse

    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"invalid port {text!r}: use 0 to {_MAX_PORT}")
    return int(text)


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
