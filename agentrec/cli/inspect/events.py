"""List the events of a recording: messages, tools, model calls, marks.

agentrec events FILE                          everything but terminal bytes and processes
agentrec events FILE --all                    with processes
agentrec events FILE --track tool --json      tool calls and results, one JSON object per line
agentrec events FILE --tool Bash --since 1:30
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import (
    add_file,
    add_stretch,
    check_start,
    json_text,
    opened,
    warn,
    warn_damage,
    warn_lacks,
)
from agentrec.errors import ExitCode
from agentrec.recording.events import BYTE_KINDS
from agentrec.recording.events.decode import decode
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.format.work_limit import Cost
from agentrec.text import plural, printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

# So many that they would hide the rest.
MANY = (("sys", "process"), ("sys", "connection"), ("sys", "signature"))

# Of printing a line.
_COST = Cost(event=15_000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_file(parser)
    add(
        "--track",
        action="append",
        metavar="TRACK",
        help="only this track: agent, llm, tool, step, sys, fs, mark, guard, term (repeatable)",
    )
    add("--kind", action="append", metavar="KIND", help="only this kind: message, call ...")
    add("--tool", action="append", metavar="NAME", help="only calls of this tool and their results")
    add("--actor", metavar="NAME", help="only what this actor or one of its subagents did")
    add_stretch(parser)
    add("--all", action="store_true", help="include processes, connections and signatures")
    add("--json", action="store_true", help="one JSON object per line; t in nanoseconds")


def run(args: argparse.Namespace) -> int:
    shown = hidden = 0
    brief = not (args.all or args.json or args.track or args.kind)
    with opened(args.file) as recording:
        check_start(recording, args.since)
        for event in _chosen(recording, args):
            if brief and event.name in MANY:
                hidden += 1
                continue
            shown += 1
            if args.json:
                _print_json(event)
            else:
                _print_line(event)
        warn_damage(recording)
        warn_lacks(recording)
    if hidden:
        warn(
            f"{plural(hidden, 'line')} about processes, connections and signatures hidden;"
            " --all or --track sys shows them"
        )
    elif not shown and not args.json:
        warn("no events match")
    return ExitCode.OK if shown else ExitCode.NO


def _chosen(recording: Recording, args: argparse.Namespace) -> Iterator[Event]:
    spans: set[str] = set()
    for event in recording.events(args.since, args.until, args.track, cost=_COST):
        if not args.track and event.name in BYTE_KINDS:
            continue
        if args.kind and event.kind not in args.kind:
            continue
        if args.actor and not _is_by(event.actor, args.actor):
            continue
        if args.tool and not _is_of(event, args.tool, spans):
            continue
        yield event


def _is_by(actor: str | None, asked: str) -> bool:
    return actor == asked or (actor or "").startswith(asked + "/")


def _is_of(event: Event, tools: list[str], spans: set[str]) -> bool:
    """Whether it is a call of one of the tools, or a result (``spans`` has the spans of their calls)."""
    match decode(event):
        case ToolCall(name=name) | ToolResult(name=name) if name in tools:
            if event.span:
                spans.add(event.span)
            return True
        case ToolResult():
            return event.span in spans
    return False


def _print_json(event: Event) -> None:
    from agentrec.export.jsonl import fields

    print(json_text(fields(event)))


def _print_line(event: Event) -> None:
    from agentrec.report.event_text import line

    name = f"{event.track}/{event.kind}"
    text = f"{format_clock(event.t, fraction=True):>11}  {name:<18} {line(event)}"
    if sys.stdout.isatty():
        width = max(40, shutil.get_terminal_size().columns)
        text = text if len(text) < width else text[: width - 2] + "…"
    print(printable(text))
