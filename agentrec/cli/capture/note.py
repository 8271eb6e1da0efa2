"""Add a note to the running recording: a thought that belongs to this point, without a moment.

agentrec note "the agent misread the spec here"
some-command | agentrec note -
"""

import sys

from agentrec.cli.capture.running import add_live_arguments, ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

SUMMARY = "add a note to the running recording"
_LIMIT = 16_000  # characters; the recorder keeps no more of one note


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    parser.add_argument("text", help="the note; - reads it from standard input")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    text = sys.stdin.read(_LIMIT) if args.text == "-" else args.text
    reply = ask(args.socket, {"op": "note", "text": text})
    if not args.quiet:
        from agentrec.times import format_clock

        print(f"{format_clock(reply['t'], fraction=True)}  noted")
    return 0
