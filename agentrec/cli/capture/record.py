"""Run a command and record its terminal.

  agentrec record -- claude               record an agent
  agentrec record                         record your shell
  agentrec record -o run.ahr -- make      choose the file
  agentrec record --headless -- codex exec "fix the tests"

Ctrl-\\ m sets a mark while recording, Ctrl-\\ Ctrl-\\ types one Ctrl-\\.
The exit code is the command's own, 128 + N when signal N ended it. 125: the recording could not be
made or is incomplete; 126, 127: the command cannot be run or does not exist; 2: wrong options.
"""

import os
import sys
import time

from agentrec.errors import AgentrecError, ExitCode, RecorderError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from agentrec.capture.companion_host import Companion
    from agentrec.capture.io.user_terminal import User
    from agentrec.capture.recorder import Outcome, Plan
    from agentrec.recording.writer import Writer

SUMMARY = "run a command and record its terminal"

KEPT_ENV = ("SHELL", "TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "LANG", "LC_ALL")
DEFAULT_SIZE = (80, 24)  # of a terminal that does not tell
HEADLESS_SIZE = (120, 40)
LARGEST = 10_000  # columns or rows
DEFAULT_PREFIX = "ctrl-\\"


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    parser.usage = "agentrec record [options] [-- COMMAND [ARGUMENT ...]]"
    add = parser.add_argument
    add(
        "-o",
        "--out-file",
        metavar="FILE",
        help="the recording (default: by date, in the data directory)",
    )
    add("--overwrite", action="store_true", help="replace the file if it exists")
    add(
        "--headless",
        action="store_true",
        help="use no terminal; answer the command's terminal queries",
    )
    add("--cols", type=int, metavar="N", help="width of the command's terminal, fixed")
    add("--rows", type=int, metavar="N", help="height of the command's terminal, fixed")
    add("--capture-input", action="store_true", help="record what is typed too, but no passwords")
    add("--title", default="", help="a title for the recording")
    add(
        "--env", action="append", default=[], metavar="NAME", help="keep this variable (repeatable)"
    )
    masking = parser.add_mutually_exclusive_group()
    masking.add_argument(
        "--redact",
        action="store_true",
        default=None,
        help="mask secrets in what the terminal shows, too",
    )
    masking.add_argument(
        "--no-redact",
        dest="redact",
        action="store_false",
        default=None,
        help="mask nothing, also in events, command line and environment",
    )
    add(
        "--no-snapshots",
        dest="snapshots",
        action="store_false",
        help="keep no snapshots of the directory's files",
    )
    add("--parent", metavar="BRANCH", help="what `agentrec branch` made, which runs this itself")
    add("--prefix-key", metavar="KEY", help="ctrl-X, or none (default: ctrl-\\)")
    add("-q", "--quiet", action="store_true", help="say nothing when all is well")
    add("command", nargs="...", metavar="-- COMMAND", help="what to run (default: your shell)")


def run(args: "argparse.Namespace") -> int:
    from agentrec.capture.io.user_terminal import User, keep_standard_descriptors

    keep_standard_descriptors()
    user = User(headless=args.headless)
    try:
        plan, header = _plan(args, user)
        writer = _masking(args.redact, plan, _open(args, plan, header))
        return _record(plan, writer, user, quiet=args.quiet)
    finally:
        user.close(clean=True)


def _plan(args: "argparse.Namespace", user: "User") -> "tuple[Plan, dict[str, Any]]":
    """What to run and how, and the recording's header. Raises for whatever the user got wrong."""
    from agentrec.capture import prefix_key as keys
    from agentrec.capture.io import child
    from agentrec.capture.recorder import Plan, fit
    from agentrec.config import record_settings

    settings = record_settings(os.environ)
    env = dict(os.environ)
    outer = env.get("AGENTREC_SESSION")
    if not user.types:
        _describe_our_terminal(env)
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    command = command or [env.get("SHELL") or "/bin/sh"]
    file = child.find(command[0], env.get("PATH"))
    prefix = keys.parse(args.prefix_key or settings.get("prefix-key", DEFAULT_PREFIX))
    asked = (_dimension("--cols", args.cols), _dimension("--rows", args.rows))
    default = DEFAULT_SIZE if user.types else HEADLESS_SIZE
    name, parent = _child_of(args.parent, outer) or (_new_id(command[0]), _nested_in(outer))
    plan = Plan(
        name,
        command,
        file,
        env,
        size=fit(user.window(), *asked, default),
        fixed=asked,
        capture_input=args.capture_input,
        prefix=prefix,
        companions=_companions(command),
    )
    if args.snapshots:
        from agentrec.companions.snapshots.taker import SnapshotTaker

        plan.companions += (SnapshotTaker(plan.session),)
    header = _header(args, plan, [*args.env, *settings.get("env", [])], parent)
    if outer and not args.quiet:
        _say(f"inside recording {outer}: this one is nested, both are kept")
    return plan, header


def _companions(command: list[str]) -> "tuple[Companion, ...]":
    """Who adds events about more than the terminal to a recording of ``command``."""
    from agentrec.agents import companion_for
    from agentrec.companions.shells import companion_for as shell_companion

    found = [companion_for(command), shell_companion(command)]
    return tuple(companion for companion in found if companion)


def _describe_our_terminal(env: dict[str, str]) -> None:
    """Without a terminal around us, the child's is the one we are: say so in its environment."""
    if env.get("TERM", "dumb") in ("", "dumb", "unknown"):
        env["TERM"] = "xterm-256color"
    for name in ("COLUMNS", "LINES"):  # the size of some other terminal
        env.pop(name, None)
    for name in ("PAGER", "GIT_PAGER"):  # nobody would press its keys
        env[name] = "cat"


def _dimension(option: str, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= LARGEST:
        raise UsageError(f"{option} must be between 1 and {LARGEST}, not {value}")
    return value


def _new_id(command: str) -> str:
    """Readable, sorted by local time, and unique: `20260131-142233-claude-9f3c`."""
    name = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "-"
        for char in os.path.basename(command)
    )
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{name.strip('.-')[:20] or 'run'}-{os.urandom(2).hex()}"


def _header(
    args: "argparse.Namespace", plan: "Plan", names: list[str], parent: "dict[str, Any] | None"
) -> "dict[str, Any]":
    from agentrec import __version__

    command, title, env = plan.command, args.title, _kept_env(plan.env, names)
    if args.redact is not False:
        from agentrec.redact import mask_command, mask_text, mask_value

        command, title = mask_command(command), mask_text(title)
        env = {name: mask_value(name, value) for name, value in env.items()}
    seconds, fraction = divmod(time.time_ns(), 1_000_000_000)
    header: dict[str, Any] = {
        "id": plan.session,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:09d}Z",
        "cols": plan.size[0],
        "rows": plan.size[1],
        "command": command,
        "title": title,
        "cwd": _cwd(),
        "env": env,
        "producer": f"agentrec {__version__}",
        "headless": args.headless,
    }
    if args.redact:
        header["redact"] = True
    if parent:
        header["parent"] = parent
    return header


def _nested_in(outer: str | None) -> "dict[str, Any] | None":
    return {"id": outer, "relation": "nested"} if outer else None


def _child_of(branch: str | None, outer: str | None) -> "tuple[str, dict[str, Any] | None] | None":
    """The id that a branch's recording was promised, and what its header says of the parent."""
    if not branch:
        return None
    from agentrec.branches.journal import child_of

    name, parent = child_of(branch)
    return name, parent | ({"nested_in": outer} if outer else {})


def _kept_env(env: dict[str, str], names: list[str]) -> dict[str, str]:
    return {name: env[name] for name in (*KEPT_ENV, *names) if name in env}


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _open(args: "argparse.Namespace", plan: "Plan", header: "dict[str, Any]") -> "Writer":
    """Create the recording. Raises RecorderError: what cannot be recorded is not run."""
    from agentrec.config import data_home
    from agentrec.recording.writer import Writer
    from agentrec.terminal.seek.keyframe_thread import KeyframeMaker

    try:
        path = args.out_file
        if path is None:
            name = os.path.join("recordings", time.strftime("%Y/%m"), plan.session + ".ahr")
            path = os.path.join(data_home(os.environ), name)
        _check_target(path)
        writer = Writer(path, header, overwrite=args.overwrite)
    except AgentrecError as error:
        raise RecorderError(f"{error}; nothing was run", error.hint) from None
    writer.attach(KeyframeMaker(writer))
    return writer


def _masking(redact: bool | None, plan: "Plan", writer: "Writer") -> "Writer":
    """``writer`` with masks before it: for events as a rule, for the terminal when asked for."""
    if redact is False:
        return writer
    masked: Any
    if redact:
        from agentrec.redact.masking_writer import MaskingWriter

        masked = MaskingWriter(writer, plan.size[:2])
    else:
        from agentrec.redact.event_mask import EventMask

        masked = EventMask(writer)
    return masked  # type: ignore[no-any-return]  # they stand in for a writer


def _check_target(path: str) -> None:
    if not path:
        raise RecorderError("the name of the recording is empty", "leave -o out for one by date")
    if path == "-":
        raise RecorderError("a recording does not go to standard output", "name a file")
    if os.path.isdir(path) or path.endswith("/"):
        raise RecorderError(f"{path} is a directory", "name a file in it")
    folder = os.path.dirname(path)
    if not folder or os.path.isdir(folder):
        return
    before = os.umask(0o077)  # also of the directories between
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise RecorderError(f"cannot make the directory {folder}: {error.strerror}") from None
    finally:
        os.umask(before)


def _record(plan: "Plan", writer: "Writer", user: "User", *, quiet: bool) -> int:
    from agentrec.capture.io.child import CannotRunError, NotFoundError
    from agentrec.capture.recorder import run as run_plan
    from agentrec.companions.files.watcher import FileWatcher
    from agentrec.companions.moments import Narrator
    from agentrec.companions.processes.watcher import ProcessWatcher
    from agentrec.recording_registry import remember

    plan.companions += (ProcessWatcher(), FileWatcher(), Narrator(writer))
    try:
        outcome = run_plan(plan, writer, user)
    except (CannotRunError, NotFoundError):
        _discard(writer)
        raise
    except BaseException:
        writer.close(compact=False)
        raise
    _close(writer)
    _sweep(plan.env)
    remember(plan.session, writer.path, os.environ)
    return _report(outcome, writer, quiet=quiet)


def _sweep(env: dict[str, str]) -> None:
    """Remove the control sockets of recorders that were killed; now, when nobody waits for a start."""
    from agentrec.capture.control import socket_dir

    try:
        if folder := socket_dir.prepare(env):
            socket_dir.sweep(folder)
    except OSError:
        return  # the next recording tries again


def _discard(writer: "Writer") -> None:
    """The command did not start: leave no file behind."""
    writer.close(compact=False)
    try:
        os.unlink(writer.path)
    except OSError:
        return


def _close(writer: "Writer") -> None:
    """Finish the file. From then on Ctrl-C only ends making it smaller."""
    import signal

    def interrupt(_number: int, _frame: object) -> None:
        if writer.compacting:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    writer.close()


def _report(outcome: "Outcome", writer: "Writer", *, quiet: bool) -> int:
    """Tell the user, and decide the exit code: a failed child counts more than a failed recording."""
    if writer.failure:
        _say(f"the recording is incomplete: {_reason(writer.failure)} → {writer.path}")
        return outcome.exit_code or ExitCode.RECORDER
    if not quiet:
        from agentrec.times import format_duration

        _say(f"recorded {format_duration(outcome.duration)}, {_size(writer.path)} → {writer.path}")
    return outcome.exit_code


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _size(path: str) -> str:
    from agentrec.text import format_size

    try:
        return format_size(os.stat(path).st_size)
    except OSError:
        return "not on disk any more"


def _say(line: str) -> None:
    try:
        print(f"agentrec: {line}", file=sys.stderr, flush=True)
    except OSError:
        return  # nobody listens; the exit code still tells
