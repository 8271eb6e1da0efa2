"""Play a golden run again without a model, and show what that saved.

  agentrec golden run fix-tests                         here, if the files are those it started from
  agentrec golden run fix-tests --in /tmp/again --headless
  agentrec golden run --task "fix the tests"            found by its task
  agentrec golden run fix-tests --ledger ledger.json

It is refused with exit code 123 where the task, the agent's version or the files do not fit. At the end
there is a ledger: tokens, dollars and seconds of the original and of this run. See `agentrec ghost --help`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.agents import AGENTS
from agentrec.cli.branches.ghost_play import add_play_options, leave_network, play, report, say
from agentrec.cli.common import output_file
from agentrec.cli.doctor import programs
from agentrec.cli.gate_options import write_text
from agentrec.errors import UsageError
from agentrec.ghost.ghost_run import make_directory, plan_ghost
from agentrec.golden import golden_fit
from agentrec.golden.golden_store import GoldenStore
from agentrec.golden.ledger import Ledger, Spent, spent_by
from agentrec.recording.reader import Recording
from agentrec.snapshots.scan.workspace import find_workspace

if TYPE_CHECKING:
    import argparse

    from agentrec.cli.branches.ghost_play import Played
    from agentrec.ghost.ghost_run import GhostPlan
    from agentrec.golden.golden_store import GoldenRun

TAKES_REST = True  # what is after -- is the command

HANDLES_SIGNALS = True


def add_name(parser: argparse.ArgumentParser) -> None:
    """The golden run that a command is about: its name, or its task."""
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="a golden run")
    parser.add_argument("--task", default="", metavar="TEXT", help="the one of this task")


def golden_named(store: GoldenStore, args: argparse.Namespace) -> GoldenRun:
    """The golden run of :func:`add_name`. Raises UsageError, InputError, DoesNotFitError."""
    if not args.name:
        if not args.task:
            raise UsageError("missing NAME", "`agentrec golden list` lists them")
        return store.of_task(args.task)
    golden = store.get(args.name)
    golden_fit.check_task(golden, args.task)
    return golden


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "agentrec golden run [NAME] [options] [-- COMMAND]"
    add = parser.add_argument
    add_name(parser)
    add(
        "--in",
        dest="directory",
        default="",
        metavar="DIR",
        help="where to play it: a new directory, or one with the files it starts from (default: here)",
    )
    add("--any-version", action="store_true", help="whatever version of the agent is installed")
    add(
        "--ledger",
        type=output_file,
        default="",
        metavar="FILE",
        help="also write the ledger to FILE, as JSON",
    )
    add_play_options(parser)


def run(args: argparse.Namespace) -> int:
    store = GoldenStore(os.environ)
    golden = golden_named(store, args)
    ledger_file = os.path.abspath(args.ledger) if args.ledger else ""
    here = find_workspace(os.getcwd(), os.environ) or os.getcwd()
    with Recording.open(store.file_of(golden)) as recording:
        plan = plan_ghost(recording, args.rest, args.directory or here)
        original = spent_by(recording)
    golden_fit.check_answers(golden, plan)
    if not args.any_version:
        golden_fit.check_version(golden, _installed(plan))
    leave_network(plan, args)
    if golden_fit.check_files(plan, os.environ):
        make_directory(plan, os.environ)
    played = play(plan, args, {**plan.parent, "golden": golden.name})
    code = report(played, quiet=args.quiet)
    _say_ledger(Ledger(original, _spent(played)), ledger_file, quiet=args.quiet)
    return code


def _installed(plan: GhostPlan) -> str | None:
    """The version of the agent that would run; None for any other program, which might do anything."""
    program = plan.argv[0]
    if os.path.basename(program) not in AGENTS:
        return None
    path = program if os.path.dirname(program) else programs.find(program, os.environ)
    return programs.version(path, os.environ) if path else None


def _spent(played: Played) -> Spent:
    ghost = played.ghost
    return Spent(ghost.live_tokens, ghost.live_cost, ghost.seconds)


def _say_ledger(ledger: Ledger, file: str, *, quiet: bool) -> None:
    if file:
        write_text(file, json.dumps(ledger.as_data(), indent=2) + "\n")
    for line in () if quiet else ledger.lines():
        say(line)
