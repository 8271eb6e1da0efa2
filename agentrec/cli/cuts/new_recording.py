"""What the commands that make a new recording of others share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, warn
from agentrec.errors import ExitCode
from agentrec.text import plural, printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.cuts.cut_file import NewRecording


def add_output(parser: argparse.ArgumentParser, default: str) -> None:
    """The options -o, --overwrite and --json."""
    parser.add_argument(
        "-o",
        "--out-file",
        default="",
        metavar="FILE",
        help=f"the new recording (default: {default} beside FILE)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace it if it exists")
    add_json(parser)


def report(new: NewRecording, args: argparse.Namespace) -> int:
    """Print what was written."""
    for note in new.notes:
        warn(note)
    if args.json:
        print_json(new.as_json())
    else:
        length = format_clock(new.duration, fraction=True)
        print(f"wrote {printable(new.path)}: {length}, {plural(new.events, 'event')}")
    return ExitCode.OK
