"""Make a new recording of a stretch of another, which stays as it is.

agentrec cut run.ahr --since 1:00 --until 2:30
agentrec cut last --drop 0:10..0:40 --drop 1:20..1:30 -o demo.ahr
"""

from __future__ import annotations

import argparse
import os

from agentrec.cli.common import TIME, add_stretch, position
from agentrec.cli.cuts.new_recording import add_output, add_source, original, report
from agentrec.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    add_stretch(parser)
    parser.add_argument(
        "--drop",
        action="append",
        type=stretch,
        default=[],
        metavar="T1..T2",
        help="leave out from T1 to T2 (repeatable)",
    )
    add_output(parser, "NAME.cut.ahr")


def run(args: argparse.Namespace) -> int:
    from agentrec.cuts.cut_file import cut

    if not args.since and args.until is None and not args.drop:
        raise UsageError("nothing to cut", "use --since, --until or --drop")
    if args.until is not None and args.until <= args.since:
        raise UsageError("--until is not after --since", "the stretch must have a length")
    with original(args.file) as source:
        new = cut(
            source,
            args.out_file,
            os.environ,
            args.since,
            args.until,
            args.drop,
            overwrite=args.overwrite,
        )
    return report(new, args)


def stretch(text: str) -> tuple[int, int]:
    """``1:00..2:30`` as ns; for argparse."""
    first, dots, end = text.partition("..")
    if not dots:
        raise argparse.ArgumentTypeError(f"invalid stretch {text!r}: use T1..T2; times are {TIME}")
    since, until = position(first), position(end)
    if until <= since:
        raise argparse.ArgumentTypeError(f"invalid stretch {text!r}: T2 must be after T1")
    return since, until
