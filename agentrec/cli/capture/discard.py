"""Keep nothing of a running recording: it is deleted when it ends.

  agentrec discard                 the one around us, or the only one running
  agentrec discard ID --yes        another one, without a question
  agentrec discard --undo          keep it after all

The command goes on. At its end the file goes, with its snapshots and kept
conversations. Until then the recording can be read, and kept with --undo.
"""

from agentrec.cli.capture.running import add_live_arguments, ask, socket_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    add = parser.add_argument
    add("file", nargs="?", metavar="RUN", help="a running recording: its id or path")
    add("-y", "--yes", action="store_true", help="do not ask for confirmation")
    add("--undo", action="store_true", help="keep the recording after all")
    add("--json", action="store_true", help="as one JSON object")
    add_live_arguments(parser)


def run(args: "argparse.Namespace") -> int:
    from agentrec.cli.common import print_json
    from agentrec.cli.snapshots.restore import agreed
    from agentrec.errors import ExitCode
    from agentrec.text import printable

    path = args.socket or (socket_of(args.file) if args.file else None)
    file = ask(path, {"op": "status"})["file"]
    if not args.undo and not args.yes:
        question = f"Delete {printable(str(file))} when it ends, with its snapshots?"
        if not agreed(question, has_dry_run=False):
            print("the recording stays")
            return ExitCode.NO
    reply = ask(path, {"op": "discard", "keep": args.undo})
    if args.json:
        print_json({"file": reply["file"], "discard": reply["discard"]})
    elif not args.quiet:
        what = "will be kept" if args.undo else "will be deleted when it ends"
        print(printable(f"{reply['file']} {what}"))
    return ExitCode.OK
