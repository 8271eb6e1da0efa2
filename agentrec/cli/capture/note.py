"""Add a note about this point to the running recording, without a mark.

agentrec note "the agent misread the spec here"
some-command | agentrec note -
"""

import sys

from agentrec.cli.capture.running import add_live_arguments, ask, print_added

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_MAX_CHARS = 16_000  # the recorder stores no more of one note


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    parser.add_argument("text", metavar="TEXT", help="the note; - reads it from standard input")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    text = sys.stdin.read(_MAX_CHARS) if args.text == "-" else args.text
    reply = ask(args.socket, {"op": "note", "text": text})
    if not args.quiet:
        print_added(reply, "noted")
    return 0
