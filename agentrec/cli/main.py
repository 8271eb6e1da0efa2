"""The front door: finds the command's module, runs it, turns errors into one clear line.

A command is a module in this folder with ``add_arguments(parser)`` and ``run(args) -> int``. With
``TAKES_REST`` set, what stands behind ``--`` is no argument of its own and becomes ``args.rest``.
Only the one that is asked for is imported: `record` has to start fast.
"""

import sys

from agentrec.errors import AgentrecError, ExitCode, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

# name -> (module in this folder, what the overview says)
COMMANDS = {
    "record": ("capture.record", "run a command and record its terminal"),
    "ci": ("capture.ci", "record a command in a CI job: recording, page, job summary"),
    "replay": ("play.replay", "play a recording"),
    "watch": ("play.watch", "watch a recording that is being made"),
    "mark": ("capture.mark", "add a moment to the running recording"),
    "note": ("capture.note", "add a note to the running recording"),
    "event": ("capture.event", "add an event to the running recording"),
    "info": ("inspect.info", "what a recording holds"),
    "summary": ("inspect.summary", "what a run came to: turns, tokens, cost, tools, errors"),
    "events": ("inspect.events", "what was done, event by event"),
    "cat": ("inspect.cat", "the text a recording showed"),
    "branch-points": ("inspect.branch_points", "moments and snapshots of a recording"),
    "convert": ("inspect.convert", "to and from other formats"),
    "verify": ("inspect.verify", "is a recording whole, torn or altered"),
    "repair": ("inspect.repair", "save what is readable of a damaged recording"),
    "ls": ("library.ls", "list recordings, newest first"),
    "search": ("library.search", "find where something was said, done or shown"),
    "cost": ("library.cost", "what model calls cost, by agent, model, day or project"),
    "stats": ("library.stats", "tools, failures and what was slow, over many recordings"),
    "serve": ("library.serve", "the page and the HTTP API, for a browser and for programs"),
    "du": ("library.du", "how much room recordings and snapshots take"),
    "prune": ("library.prune", "remove old recordings and snapshots"),
    "pin": ("library.pin", "keep a recording whatever prune is told"),
    "snapshots": ("snapshots.snapshots", "the files kept at points of a recording"),
    "files": ("snapshots.files", "the files of a snapshot"),
    "show": ("snapshots.show", "a file as it was in a snapshot"),
    "diff": ("snapshots.diff", "what changed between two snapshots, or since one"),
    "blame": ("snapshots.blame", "when a line of a file was written"),
    "open": ("snapshots.open", "the files of a snapshot in a directory, to look at"),
    "restore": ("snapshots.restore", "make the directory what it was in a snapshot"),
    "undo": ("snapshots.undo", "take the last restore back"),
    "snapshot": ("snapshots.snapshot", "keep the files of this directory as they are now"),
    "branch": ("branches.branch", "go on from a point of a recording, in a directory of its own"),
    "branches": ("branches.branches", "which recording was branched from which; remove worktrees"),
    "completion": ("completion", "make a shell complete commands and options"),
}
# first command of a group -> what the overview calls it; a new command stands in one of them
GROUPS = {
    "record": "Record and play",
    "info": "One recording",
    "ls": "All recordings",
    "snapshots": "Files at a point of a recording",
    "branch": "Another way from a point",
}


def entry() -> None:
    """Entry point of the ``agentrec`` program."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from agentrec.capture.io.user_terminal import keep_standard_descriptors

        keep_standard_descriptors()
    for stream in (sys.stdout, sys.stderr):
        _write_anything(stream)
    _leave(main(sys.argv[1:]))


def _leave(code: int) -> None:
    """End the process. A thread that was left behind may be inside the terminal engine, which does not
    bear the interpreter being taken down around it: then there is no taking down."""
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        sys.exit(code)
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def _write_anything(stream: "Any") -> None:
    """A recording holds characters this locale may not have, and file names need not be text."""
    utf8 = stream.encoding.lower().replace("-", "") == "utf8"
    stream.reconfigure(errors="surrogateescape" if utf8 else "replace")


def main(argv: "Sequence[str]") -> int:
    """Run one command line and return its exit code; never raises for what a user can cause."""
    try:
        return _dispatch(list(argv))
    except AgentrecError as error:
        _complain(str(error), error.hint)
        return error.code
    except BrokenPipeError:
        return _reader_left()
    except OSError as error:  # what files can cause was caught: this is a full disk behind stdout
        _reader_left()
        _complain(f"cannot go on: {error.strerror or error}", "")
        return ExitCode.RECORDER if argv[0] == "record" else ExitCode.OUTPUT
    except KeyboardInterrupt:
        return 130


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        if len(argv) > 1 and argv[0] == "help":
            return _dispatch([argv[1], "--help"])
        print(_overview())
        return ExitCode.OK if argv else ExitCode.USAGE
    if argv[0] in ("-V", "--version"):
        from agentrec import __version__

        print(f"agentrec {__version__}")
        return ExitCode.OK
    if argv[0] not in COMMANDS:
        return _unknown(argv[0])
    return _run(argv[0], argv[1:])


def _run(name: str, rest: list[str]) -> int:
    import argparse
    from importlib import import_module

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> "NoReturn":
            hint = f"see `{self.prog} --help`"
            if "expected one argument" in message:
                hint = "a value that begins with a dash is written with =, as --message=-x"
            raise UsageError(message, hint)

    module = import_module(f"agentrec.cli.{COMMANDS[name][0]}")
    parser = Parser(
        prog=f"agentrec {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    behind = None
    if getattr(module, "TAKES_REST", False) and "--" in rest:
        place = rest.index("--")
        rest, behind = rest[:place], rest[place + 1 :]
    try:
        args = parser.parse_args(rest, argparse.Namespace(rest=behind or []))
    except SystemExit as stop:  # argparse has printed help
        return int(stop.code or 0)
    code: int = module.run(args)
    sys.stdout.flush()  # a closed pipe shows here, inside main's net
    return code


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = []
    for name, (_, summary) in COMMANDS.items():
        if name in GROUPS:
            lines += ["", f"{GROUPS[name]}:"]
        lines.append(f"  {name:<{width}}  {summary}")
    return "\n".join(
        [
            "usage: agentrec COMMAND [options]",
            "",
            "Flight recorder and time machine for coding agents that run in a terminal.",
            *lines,
            "",
            "  agentrec record -- claude      record a program",
            "  agentrec replay FILE           play it back",
            "  agentrec COMMAND --help        options of a command",
        ]
    )


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    _complain(
        f"there is no command {name!r}",
        f"did you mean `agentrec {near[0]}`?" if near else "see `agentrec --help`",
    )
    return ExitCode.USAGE


def _complain(message: str, hint: str) -> None:
    from agentrec.text import printable

    print(f"agentrec: {printable(message)}", file=sys.stderr)
    if hint:
        print(f"  {printable(hint)}", file=sys.stderr)


def _reader_left() -> int:
    """`agentrec cat FILE | head`: stop quietly, as other filters do."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter's last flush goes nowhere
    return 141
