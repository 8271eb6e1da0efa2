"""Pause a running recording. The command goes on; what happens is not recorded.

  agentrec pause                 the recording around us, or the only one running
  agentrec pause ID              another one
  agentrec resume                record again

Ctrl-\\ p, typed in the recorded terminal, does both. When the recording goes on, it
shows what is on the screen then: clear the screen first if that is to stay out.
"""

from agentrec.cli.capture.running import add_live_arguments, ask, socket_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    add = parser.add_argument
    add("file", nargs="?", metavar="RUN", help="a running recording: its id or path")
    add("--json", action="store_true", help="as one JSON object")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    from agentrec.errors import ExitCode

    path = args.socket or (socket_of(args.file) if args.file else None)
    reply = ask(path, {"op": "pause", "paused": True})
    if not args.quiet:
        report(reply, as_json=args.json)
    return ExitCode.OK


def report(reply: "JsonObject", *, as_json: bool) -> None:
    """Print whether the recording is paused now, and was before."""
    from agentrec.cli.common import print_json
    from agentrec.text import printable

    if as_json:
        print_json({name: reply[name] for name in ("file", "paused", "changed")})
        return
    state = "paused" if reply["paused"] else "recording"
    words = state if reply["changed"] else f"{state} already"
    print(printable(f"{words}: {reply['file']}"))
