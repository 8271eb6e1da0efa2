"""Print the text a recording left on the terminal: scrollback and last screen, no escape sequences.

--raw writes the program's bytes exactly as recorded, escape sequences included, to a file or pipe;
--stream those that went through a stream that was not a terminal.
"""

from __future__ import annotations

import sys
from itertools import chain
from shlex import quote
from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, opened, warn, warn_damage
from agentrec.errors import ExitCode, UsageError
from agentrec.recording.encryption.identities import option_for
from agentrec.recording.streams import STREAMS, stream_bytes
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--raw", action="store_true", help="the recorded bytes, unchanged")
    parser.add_argument(
        "--stream",
        choices=tuple(STREAMS),
        help="the bytes of this stream, if it was a pipe or file (stdin: with --capture-input)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="let --raw or --stream write to a terminal, escape sequences included",
    )


def run(args: argparse.Namespace) -> int:
    if (args.raw or args.stream) and sys.stdout.isatty() and not args.force:
        raise UsageError(
            f"{'--raw' if args.raw else '--stream'} would let recorded escape sequences act on your terminal",
            "redirect it to a file or pipe, use `agentrec replay --plain`, or add --force",
        )
    with opened(args.file) as recording:
        if args.stream:
            sys.stdout.buffer.writelines(stream_bytes(recording, args.stream))
        elif args.raw:
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
    from agentrec.cli.play.final_screen import final_screen, scrollback_limit

    screen = final_screen(recording)
    blank = 0  # empty lines at the end are the empty rest of the screen
    limit = scrollback_limit(screen.cols)
    for line in chain(screen.each_history_text(-limit), screen.rows_text()):
        if not line:
            blank += 1
            continue
        print("\n" * blank + printable(line))
        blank = 0
    if screen.scrollback_lines >= limit:
        option = option_for(encrypted=recording.encrypted)
        name = quote(recording.path)
        warn(f"earlier lines are left out; all: agentrec convert{option} {name} OUT.txt")
