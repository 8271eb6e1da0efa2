"""Show the steps of a run that was recorded from inside a program, and the state at each.

  agentrec steps run.ahr                the steps, with time, errors and what they changed
  agentrec steps run.ahr --state 3      the state after step 3, as JSON
  agentrec steps run.ahr --input 3      the state before it
  agentrec steps run.ahr --diff 3       what step 3 changed
  agentrec steps run.ahr --diff 1 3     what differs between the states after two steps

See docs/python.md for how to record and how to go on from a state.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, add_json, print_json, readable_path
from agentrec.errors import ExitCode, UsageError
from agentrec.sdk.read.graph import depth_of
from agentrec.sdk.read.run import Run
from agentrec.text import inert_json, printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.sdk.read.run import RunError
    from agentrec.sdk.read.run_frames import RunFrame
    from agentrec.sdk.read.state_diff import StateDiff

_MAX_VALUE_CHARS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--state", type=int, metavar="N", help="print the state after step N")
    what.add_argument("--input", type=int, metavar="N", help="print the state before step N")
    what.add_argument(
        "--diff",
        type=int,
        nargs="+",
        metavar="N",
        help="print what step N changed, or what differs between the states after two steps",
    )
    add_json(parser, "as one JSON object; states are JSON anyway")


def run(args: argparse.Namespace) -> int:
    if args.diff and len(args.diff) > 2:
        raise UsageError("--diff takes one step or two")
    if args.file == "-":
        raise UsageError("cannot read steps from standard input", "pass a file")
    with (
        readable_path(args.file) as path,
        Run.load(path, env=os.environ) as recorded,
    ):
        if args.state is not None:
            _print_state(recorded.state(args.state))
        elif args.input is not None:
            _print_state(recorded.input(args.input))
        elif args.diff:
            diff = recorded.diff(*args.diff)
            if args.json:
                print_json(diff.as_json())
            else:
                _print_diff(diff)
        else:
            _print_steps(recorded, as_json=args.json)
    return ExitCode.OK


def _print_state(state: object) -> None:
    print(inert_json(json.dumps(state, indent=2)))


def _print_diff(diff: StateDiff) -> None:
    for path, _, new in diff.added:
        print(printable(f"+ {path}: {_short(new)}"))
    for path, old, _ in diff.removed:
        print(printable(f"- {path}: {_short(old)}"))
    for path, old, new in diff.modified:
        print(printable(f"~ {path}: {_short(old)} → {_short(new)}"))
    if not diff:
        print("no difference")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE_CHARS else text[:_MAX_VALUE_CHARS] + " …"


def _print_steps(recorded: Run, *, as_json: bool) -> None:
    frames = recorded.steps
    if as_json:
        print_json(
            {
                "id": recorded.id,
                "name": recorded.name,
                "tags": recorded.tags,
                "entry": recorded.entry or None,
                "parent": recorded.parent,
                "steps": [
                    {**frame.as_json(), "after": list(node.after), "lane": node.lane}
                    for frame, node in zip(frames, recorded.graph, strict=True)
                ],
                "errors": [
                    {"t": error.t, "node": error.node, "step": error.step, "error": error.text}
                    for error in recorded.other_errors
                ],
            }
        )
        return
    if not frames:
        print("no steps in this recording")
    lines = [(frame.seq, _line(recorded, frame)) for frame in frames]
    lines += [(error.seq, _error_line(error)) for error in recorded.other_errors]
    for _, line in sorted(lines):
        print(printable(line))


def _error_line(error: RunError) -> str:
    at = format_clock(round(error.t * 1e9), fraction=True)
    return f"{'':>4}  {at:>11}  {'':>12}  {error.node}  failed: {error.text}"


def _line(recorded: Run, frame: RunFrame) -> str:
    at = format_clock(round(frame.t * 1e9), fraction=True)
    took = "running" if frame.running else f"{frame.duration_ms or 0:,.1f} ms"
    served = "  (served)" if frame.served else ""
    failed = f"  failed: {frame.message}" if frame.failed else ""
    indent = "  " * depth_of(recorded.steps, frame)
    return f"{frame.index:>4}  {at:>11}  {took:>12}  {indent}{frame.node}{served}{failed}"
