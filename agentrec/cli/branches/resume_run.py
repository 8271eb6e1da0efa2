"""Record again after a pause, or go on from a step of a run that was recorded from inside a program.

  agentrec resume                 the recording around us, or the only one running, after `agentrec pause`
  agentrec resume run.ahr --from 3 --set query="the sea"
  agentrec resume run.ahr --from 3 --set config.model=other --mode mock
  agentrec resume run.ahr --from 3 --state edited.json --entry agent.py:continue_from

The function that continues gets the state before the step. It is the one that the recording names
(`Recorder(entry=...)`), or --entry; it is imported from the current directory. Because that runs code, a
function that the recording names is only called after you have agreed, or with --yes. What it does is
recorded in a new recording whose parent is this one.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING

from agentrec.cli.capture import pause
from agentrec.cli.capture.running import add_live_arguments, ask, running_socket
from agentrec.cli.common import found, output_file, print_json, warn
from agentrec.errors import AgentrecError, ExitCode, InputError, UsageError
from agentrec.sdk.entry_point import load_entry
from agentrec.sdk.overrides import edits
from agentrec.sdk.read.run import Run
from agentrec.sdk.resume_point import Mode
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.sdk.resume import Resumed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        metavar="FILE",
        help="a recording with steps, see agentrec steps, or a running one that is paused",
    )
    add("--from", dest="step", type=int, default=0, metavar="N", help="the step (default: 0)")
    add(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change the state; a VALUE that is JSON is taken as such (can be repeated)",
    )
    add("--state", metavar="FILE", help="take the state in this JSON file instead; - reads stdin")
    add(
        "--mode",
        choices=[mode.value for mode in Mode],
        default=Mode.FORK.value,
        help="run everything (fork), serve steps before N from the recording (replay), or serve model "
        "and tool calls that match (mock) (default: fork)",
    )
    add("--entry", default="", metavar="NAME", help="module:function or file.py:function to call")
    add("-o", "--out-file", type=output_file, metavar="FILE", help="the new recording")
    add("-y", "--yes", action="store_true", help="call what the recording names without asking")
    add("--json", action="store_true", help="print the recording as a JSON object")
    add_live_arguments(parser)


def run(args: argparse.Namespace) -> int:
    path = args.socket or (running_socket(args.file) if args.file else None)
    if not args.file and (args.step or args.set or args.state or args.entry or args.out_file):
        raise UsageError("missing FILE", "name the recording whose run goes on")
    if path or not args.file:
        reply = ask(path, {"op": "pause", "paused": False})
        if not args.quiet:
            pause.report(reply, as_json=args.json)
        return ExitCode.OK
    with Run.load(found(args.file, say=True), env=os.environ) as recorded:
        entry = args.entry or recorded.entry
        if not entry:
            raise UsageError("the recording names no function that continues", "pass --entry")
        overrides = _overrides(args, recorded)
        if not args.entry and not args.yes:
            _ask(entry)
        function = load_entry(entry)
        options = {
            "from_": args.step,
            "overrides": overrides,
            "mode": Mode(args.mode),
            "path": args.out_file,
        }
        try:
            resumed: Resumed
            if inspect.iscoroutinefunction(function):
                resumed = asyncio.run(recorded.aresume(function, **options))
            else:
                resumed = recorded.resume(function, **options)
        except AgentrecError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the function raises
            return _report_failure(error, as_json=args.json)
    _report(resumed, as_json=args.json)
    return ExitCode.OK


def _overrides(args: argparse.Namespace, recorded: Run) -> dict[str, object]:
    overrides: dict[str, object] = {}
    if args.state:
        overrides = edits(recorded.input(args.step), _read(args.state))
    for pair in args.set:
        path, sign, text = pair.partition("=")
        if not path or not sign:
            raise UsageError(f"invalid --set {pair!r}: use PATH=VALUE")
        overrides[path] = _value(text)
    return overrides


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _read(path: str) -> object:
    try:
        with open(0 if path == "-" else path, encoding="utf-8") as file:
            value: object = json.load(file)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from None
    return value


def _ask(entry: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"the recording says to call {printable(entry)}: cannot ask for confirmation",
            "pass --yes, or --entry",
        )
    print(f"call {printable(entry)}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was called")


def _report_failure(error: Exception, *, as_json: bool) -> int:
    """The function has failed. What it did until then is recorded all the same."""
    traceback.print_exception(error)
    file = next((note for note in getattr(error, "__notes__", ()) if "recorded in " in note), "")
    file = file.removeprefix("recorded in ")
    text = f"{type(error).__name__}: {error}"
    if as_json:
        print_json({"file": file, "error": text})
    warn(f"the run failed: {text}")
    return ExitCode.NO


def _report(resumed: Resumed, *, as_json: bool) -> None:
    if as_json:
        data = {"id": resumed.id, "file": resumed.path}
        print_json({**data, "ran": resumed.ran, "served": resumed.served})
        return
    counts = f"{resumed.ran} ran, {resumed.served} served"
    warn(f"resumed: {counts}")
    print(resumed.path)
