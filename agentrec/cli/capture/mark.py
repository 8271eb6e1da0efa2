"""Add a mark to the running recording, from inside it or from another terminal.

agentrec mark "tests are green"
"""

from agentrec.cli.capture.running import add_live_arguments, ask, print_added

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    parser.add_argument(
        "label", nargs="?", default="", metavar="LABEL", help="what to call it (default: mark N)"
    )
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    reply = ask(args.socket, {"op": "mark", "label": args.label})
    if not args.quiet:
        print_added(reply, reply["label"])
    return 0
