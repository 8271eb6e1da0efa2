"""Give a good run a name, and keep it: its recording is pinned against prune.

  agentrec golden save fix-tests run.ahr
  agentrec golden save fix-tests last --task "fix the tests"

Its task is the recording's title, else its first prompt, else its command line.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import RECORDING, add_json, opened, print_json, warn
from agentrec.errors import AgentrecError, ExitCode, UsageError
from agentrec.ghost.ghost_run import plan_ghost
from agentrec.golden.golden_store import GoldenStore, golden_of
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME", help="letters, digits, dots, dashes and underscores")
    add("file", metavar="FILE", help=RECORDING)
    add("--task", default="", metavar="TEXT", help="what the run is about (default: see above)")
    add("--overwrite", action="store_true", help="replace a golden run of that name")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.file == "-":
        raise UsageError("cannot keep standard input", "pass a file")
    with opened(args.file, say=True) as recording:
        golden = golden_of(args.name, recording, args.task)
        reason = _why_not_playable(recording)
    golden = GoldenStore(os.environ).save(golden, overwrite=args.overwrite)
    if reason:
        warn(f"the run can be compared with, but cannot be played again: {reason}")
    if args.json:
        print_json({**golden.as_json(), "playable": not reason})
    else:
        print(printable(f"golden run {golden.name} saved: {golden.file} is pinned"))
    return ExitCode.OK


def _why_not_playable(recording: Recording) -> str:
    try:
        plan = plan_ghost(recording, ["any"], "")
    except AgentrecError as error:
        return str(error)
    if plan.masked:
        return f"{plural(len(plan.masked), 'recorded answer')} with a masked secret"
    if plan.has_gap:
        return "recording was paused between its model calls"
    return "" if plan.snapshot else "the recording has no snapshot of its files"
