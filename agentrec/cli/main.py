"""The entry point: finds the command's module, runs it, turns errors into one clear line.

Only the module of the command that is run is imported (see :mod:`agentrec.cli.commands`): `record` has
to start fast.
"""

import sys

from agentrec.cli.commands import COMMANDS, SHORT, find, overview, subcommand_help
from agentrec.errors import AgentrecError, ExitCode, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any, NoReturn


def entry() -> None:
    """Entry point of the ``agentrec`` program."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from agentrec.capture.io.user_terminal import keep_standard_descriptors

        keep_standard_descriptors()
    for stream in (sys.stdout, sys.stderr):
        _write_anything(stream)
    try:
        code = main(sys.argv[1:])
    except SystemExit as stop:  # a signal: nobody waits for threads
        code = stop.code if isinstance(stop.code, int) else ExitCode.NO
    _leave(code)


def _leave(code: int) -> None:
    """End the process.

    A thread that is still running may be inside the terminal engine, which crashes when the interpreter
    is torn down around it: then the process ends without teardown. So does a recorder, which has nothing
    left to do, and whose user would wait for it.
    """
    threading = sys.modules.get("threading")
    is_alone = threading is None or threading.active_count() == 1
    if is_alone and "agentrec.capture.recorder" not in sys.modules:
        sys.exit(code)
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def _write_anything(stream: "Any") -> None:
    """A recording may hold characters this locale lacks, and file names need not be text."""
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
    except OSError as error:  # errors about files were caught: this is a full disk behind stdout
        _reader_left()
        if isinstance(error, FileNotFoundError) and not _is_here():
            _complain("the current directory was removed", "change to another one")
        else:
            _complain(f"cannot continue: {error.strerror or error}", "")
        return ExitCode.RECORDER if argv[0] == "record" else ExitCode.OUTPUT
    except MemoryError:
        return _out_of_memory(argv[0])
    except ImportError as error:
        if not error.path or "cannot" in str(error):
            raise
        return _out_of_memory(argv[0])  # a library found no room
    except KeyboardInterrupt:
        return 130


def _is_here() -> bool:
    """Whether the current directory is still there."""
    import os

    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _out_of_memory(command: str) -> int:
    _complain("cannot continue: not enough memory", "see `ulimit -v`")
    return ExitCode.RECORDER if command == "record" else ExitCode.OUTPUT


def _columns() -> int:
    """How wide help may be."""
    import shutil

    return shutil.get_terminal_size().columns


def _dispatch(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        if len(argv) > 1 and argv[0] == "help":
            return _dispatch([*argv[1:], "--help"])
        print(overview(_columns()))
        return ExitCode.OK if argv else ExitCode.USAGE
    if argv[0] in ("-V", "--version"):
        from agentrec import __version__

        print(f"agentrec {__version__}")
        return ExitCode.OK
    command = find(argv)
    return _run(*command) if command else _unknown(argv[0])


def _run(name: str, module_name: str, rest: list[str]) -> int:
    _unblock_signals()
    full_name = f"agentrec.cli.{module_name}"
    __import__(full_name)  # importlib would load more
    module = sys.modules[full_name]
    if not getattr(module, "PASSES_SIGNALS_ON", False):
        _see_endings()
    begin = getattr(module, "begin", None)
    begun = begin(rest) if begin else None
    simple = getattr(module, "parse_simple", None)
    args = simple(rest) if simple else None
    try:
        args = args or _parse(name, module, rest)
    except SystemExit as stop:  # argparse has printed help
        return int(stop.code or 0)
    args.begun = begun
    if hasattr(args, "identity"):
        from agentrec.recording.encryption import identities

        identities.allow(args.identity)
    if not getattr(module, "HANDLES_SIGNALS", False):
        _end_on_signals()
    code: int = module.run(args)
    sys.stdout.flush()  # a closed pipe shows here, inside main's net
    return code


def _parse(name: str, module: "ModuleType", rest: list[str]) -> "argparse.Namespace":
    """The command line ``rest`` of ``module``. Raises UsageError, and SystemExit for help."""
    import argparse

    formatter: type[argparse.HelpFormatter] = argparse.RawDescriptionHelpFormatter
    if "-h" in rest or "--help" in rest:  # not when `record` starts
        from agentrec.cli.help_text import HelpFormatter

        formatter = HelpFormatter
    parser = _parser_type()(
        prog=f"agentrec {name}",
        description=module.__doc__,
        epilog=subcommand_help(name) or None,
        formatter_class=formatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    behind = None
    if getattr(module, "TAKES_REST", False) and "--" in rest:
        split = rest.index("--")
        rest, behind = rest[:split], rest[split + 1 :]
    parsed: argparse.Namespace = parser.parse_args(rest, argparse.Namespace(rest=behind or []))
    return parsed


def _unblock_signals() -> None:
    """Signals that our parent has blocked reach us and the programs we start, as from a shell."""
    import signal

    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _see_endings() -> None:
    """If our parent ignores SIGCHLD, every program that we run would seem to end with 0."""
    import signal

    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _end_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the command, so that it leaves terminal and files as they should be."""
    import signal

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> "NoReturn":
    raise SystemExit(128 + number)


def _parser_type() -> "type[argparse.ArgumentParser]":
    import argparse
    import re

    class Parser(argparse.ArgumentParser):
        def parse_args(self, args: "Any" = None, namespace: "Any" = None) -> "Any":
            """Options may also be between FILE and what follows it."""
            before = argparse.Namespace(**vars(namespace))
            parsed, left = self.parse_known_args(args, namespace)
            takes_rest = any(action.nargs == argparse.REMAINDER for action in self._actions)
            if left and not takes_rest and not any(word.startswith("-") for word in left):
                return self.parse_intermixed_args(args, before)
            if left:
                self.error(f"unrecognized arguments: {' '.join(left)}")
            return parsed

        def error(self, message: str) -> "NoReturn":
            hint = f"see `{self.prog} --help`"
            if "expected one argument" in message:
                hint = "use = for a value that begins with a dash, as in --message=-x"
            message = message.replace("the following arguments are required:", "missing")
            message = message.replace("expected one argument", "missing value")
            raise UsageError(re.sub(r"invalid (int|float) value:", "invalid number", message), hint)

    return Parser


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, [*COMMANDS, *SHORT], n=1)
    _complain(
        f"unknown command {name!r}",
        f"did you mean `agentrec {near[0]}`?" if near else "see `agentrec --help`",
    )
    return ExitCode.USAGE


def _complain(message: str, hint: str) -> None:
    import os

    from agentrec.text import printable

    try:
        print(f"agentrec: {printable(message)}", file=sys.stderr)
        if hint:
            print(f"  {printable(hint)}", file=sys.stderr)
    except OSError:  # standard error is closed or full: only the exit code remains
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the interpreter's last flush goes nowhere


def _reader_left() -> int:
    """`agentrec cat FILE | head`: stop quietly, as other filters do."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter's last flush goes nowhere
    return 141
