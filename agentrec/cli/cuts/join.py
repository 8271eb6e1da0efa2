"""Make a new recording of several, one after the other. They stay as they are.

agentrec join first.ahr second.ahr -o both.ahr
"""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

from agentrec.cli.cuts.new_recording import add_output, add_source, original, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="the recordings that follow it")
    add_output(parser, "NAME.join.ahr")


def run(args: argparse.Namespace) -> int:
    from agentrec.cuts.cut_file import join

    with ExitStack() as stack:
        names = (args.file, *args.files)
        sources = [stack.enter_context(original(name)) for name in names]
        new = join(sources, args.out_file, os.environ, overwrite=args.overwrite)
    return report(new, args)
