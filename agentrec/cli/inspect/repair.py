"""Copy what is readable of a damaged or torn recording to a new, valid one.

The damaged file stays as it is. The copy is NAME.repaired.ahr unless -o names another file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_identity, found, output_file, warn
from agentrec.cli.progress import progress
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import RepairLoss, repair
from agentrec.text import format_size, plural

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "-o",
        "--out-file",
        type=output_file,
        metavar="FILE",
        help="the copy (default: NAME.repaired.ahr)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the copy if it exists")
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    args.file = found(args.file, say=True)
    target = args.out_file or f"{args.file.removesuffix('.ahr')}.repaired.ahr"
    if os.path.lexists(target):
        if os.path.exists(args.file) and os.path.samefile(args.file, target):
            raise UsageError("cannot repair a recording in place", "choose another file with -o")
        if not args.overwrite:
            raise OutputError(
                f"{target} already exists", "choose another file with -o, or use --overwrite"
            )
    with Recording.open(args.file) as recording:
        if recording.live:
            raise UsageError(f"{args.file} is still being recorded", "wait for it to end")
        size = recording.file_size
    with progress("repairing", 2 * size) as advance:
        lost = repair(args.file, target, advance)
    bytes_lost = sum(item[1] for item in lost["damage"])
    if not bytes_lost and not lost["events_lost"]:
        warn("nothing was lost" if lost["ended"] else "nothing was lost but the end of the file")
    else:
        warn(f"lost {format_size(bytes_lost)}{_missing(lost)}")
    print(target)
    return ExitCode.OK


def _missing(lost: RepairLoss) -> str:
    """How many events are gone, as far as known: the end of a recording has their number."""
    events = plural(lost["events_lost"], "event")
    if lost["ended"]:
        return f", {events}"
    return f", at least {events}" if lost["events_lost"] else ""
