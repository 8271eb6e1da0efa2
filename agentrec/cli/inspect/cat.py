"""Print the text a recording left on the terminal: scrollback and last screen, no escape sequences.

--raw writes the program's bytes exactly as recorded, escape sequences included, to a file or pipe.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, opened, warn_damage
from agentrec.errors import ExitCode, UsageError
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--raw", action="store_true", help="the recorded bytes, unchanged")
    parser.add_argument(
        "--force",
        action="store_true",
        help="let --raw write to a terminal, escape sequences included",
    )


def run(args: argparse.Namespace) -> int:
    if args.raw and sys.stdout.isatty() and not args.force:
        raise UsageError(
            "--raw would let recorded escape sequences act on your terminal",
            "redirect it to a file or pipe, use `agentrec replay --plain`, or add --force",
        )
    with opened(args.file) as recording:
        if args.raw:
            _raw(recording)
        else:
            _text(recording)
        warn_damage(recording)
    return ExitCode.OK


def _raw(recording: Recording) -> None:
    for event in recording.events(tracks=("term",)):
        if event.kind == "output" and isinstance(event.data, bytes):
            sys.stdout.buffer.write(event.data)


def _text(recording: Recording) -> None:
    from agentrec.cli.play.final_screen import final_screen

    screen = final_screen(recording)
    lines = screen.history_text() + screen.rows_text()
    while lines and not lines[-1]:
        lines.pop()
    for line in lines:
        print(printable(line))
