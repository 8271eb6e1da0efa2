"""What the commands that make a new recording of others share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.cli.common import (
    RECORDING_FILE,
    add_identity,
    add_json,
    output_file,
    print_json,
    readable_path,
    warn,
)
from agentrec.errors import ExitCode, UsageError
from agentrec.text import plural, printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.cuts.cut_file import NewRecording


@contextmanager
def original(name: str) -> Iterator[str]:
    """The file of the recording that ``name`` means. Raises UsageError for standard input."""
    if name == "-":
        raise UsageError("cannot make a new recording of standard input", "pass a file")
    with readable_path(name) as path:
        yield path


def add_source(parser: argparse.ArgumentParser) -> None:
    """The argument FILE, and the option --identity."""
    add_identity(parser)
    parser.add_argument("file", metavar="FILE", help=RECORDING_FILE)


def add_output(parser: argparse.ArgumentParser, default: str) -> None:
    """The options -o, --overwrite and --json."""
    parser.add_argument(
        "-o",
        "--out-file",
        type=output_file,
        default="",
        metavar="FILE",
        help=f"the new recording (default: {default} beside FILE, or ID.ahr in the data directory)",
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
