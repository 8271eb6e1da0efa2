"""Make a new recording of several, one after the other. They stay as they are.

agentrec join first.ahr second.ahr -o both.ahr
"""

from __future__ import annotations

import argparse
import os

from agentrec.cli.common import RECORDING, found
from agentrec.cli.cuts.new_recording import add_output, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=RECORDING)
    parser.add_argument("files", nargs="+", metavar="FILE", help="the recordings that follow it")
    add_output(parser, "NAME.join.ahr")


def run(args: argparse.Namespace) -> int:
    from agentrec.cuts.cut_file import join

    sources = [found(name, say=True) for name in (args.file, *args.files)]
    return report(join(sources, args.out_file, os.environ, overwrite=args.overwrite), args)
