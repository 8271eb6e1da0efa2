"""Make a new recording that is a faster or slower copy of another, which stays as it is.

agentrec speed run.ahr 4        four times as fast
agentrec speed run.ahr 0.5      half as fast
"""

from __future__ import annotations

import argparse
import os
import re
from fractions import Fraction

from agentrec.cli.cuts.new_recording import add_output, add_source, original, report

_FACTOR = re.compile(r"(\d{1,9}(?:\.\d{1,9})?(?:/0*[1-9]\d{0,8})?)x?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "factor", type=factor, metavar="FACTOR", help="how many times as fast: 4, 0.5, 1/3"
    )
    add_output(parser, "NAME.speed.ahr")


def run(args: argparse.Namespace) -> int:
    from agentrec.cuts.cut_file import speed

    with original(args.file) as source:
        new = speed(source, args.out_file, os.environ, args.factor, overwrite=args.overwrite)
    return report(new, args)


def factor(text: str) -> Fraction:
    """``4``, ``4x``, ``0.5`` or ``1/3``; for argparse."""
    match = _FACTOR.fullmatch(text)
    over, _, under = match[1].partition("/") if match else ("0", "", "")
    value = Fraction(over) / Fraction(under or 1)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"invalid factor {text!r}: use a number such as 4 or 0.5")
    return value
