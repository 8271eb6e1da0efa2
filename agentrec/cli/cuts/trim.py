"""Make a new recording without long pauses of another, which stays as it is.

agentrec trim run.ahr --idle 2      no pause of the terminal takes longer than 2 seconds
"""

from __future__ import annotations

import argparse
import os

from agentrec.cli.common import position
from agentrec.cli.cuts.new_recording import add_output, add_source, original, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--idle",
        type=position,
        default=2_000_000_000,
        metavar="SECONDS",
        help="the longest pause that stays (default: 2)",
    )
    add_output(parser, "NAME.trim.ahr")


def run(args: argparse.Namespace) -> int:
    from agentrec.cuts.cut_file import trim

    with original(args.file) as source:
        new = trim(source, args.out_file, os.environ, args.idle, overwrite=args.overwrite)
    return report(new, args)
