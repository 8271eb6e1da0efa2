"""Show totals over many recordings: tools, failures, durations, slow steps.

agentrec stats --since 7d              the last seven days
agentrec stats --agent codex --json    one agent
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agentrec.cli.common import add_json, print_json
from agentrec.cli.library.cost import bar
from agentrec.cli.library.selection import add_filters, filters_of, library, limit, typed
from agentrec.columns import columns as columns_of
from agentrec.columns import cut, padded
from agentrec.errors import ExitCode
from agentrec.library.locations import short_path
from agentrec.library.totals import slowest, tools, totals
from agentrec.text import format_size, plural, printable
from agentrec.times import format_clock, format_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

SLOWEST = 10
_BAR = 20  # columns
_NAME_COLUMNS, _WIDEST = 18, 30  # of a name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    add_slowest(parser)
    add_json(parser)


def add_slowest(parser: argparse.ArgumentParser) -> None:
    """The option --limit."""
    parser.add_argument(
        "--limit",
        type=limit,
        default=SLOWEST,
        metavar="N",
        help="show the N slowest operations (default: 10)",
    )


def run(args: argparse.Namespace) -> int:
    filters = filters_of(args)
    with library(filters) as store:
        facts = {
            **totals(store, filters),
            "tools": tools(store, filters),
            "slowest": slowest(store, filters, args.limit),
        }
    if args.json:
        print_json(facts)
    else:
        print("\n".join(stats_lines(facts)))
    return ExitCode.OK


def stats_lines(facts: dict[str, Any]) -> Iterator[str]:
    """The totals as text. What was slow has the command that opens it, if its recording is here."""
    for name, value in _rows(facts):
        if value:
            yield f"{name:<10} {value}"
    if facts["tools"]:
        yield "tools"
        yield from _tools(facts["tools"])
    if facts["slowest"]:
        yield "slowest"
        for entry in facts["slowest"]:
            yield from _slow(entry)


def _rows(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from agentrec.report.event_text import dollars

    failed = f", {facts['failed']:,} failed" if facts["failed"] else ""
    yield "recordings", f"{facts['recordings']:,}{failed}"
    yield "duration", format_duration(round(facts["duration"] * 1e9))
    yield "size", f"{format_size(facts['size'])} for {format_size(facts['output'])} of output"
    yield "turns", f"{facts['turns']:,}" if facts["turns"] else ""
    yield "tokens", f"{facts['tokens']:,}" if facts["tokens"] else ""
    unknown = facts["without_price"]
    missing = f"{plural(unknown, 'call')} without a known price" if unknown else ""
    yield "cost", ", ".join(part for part in (dollars(facts["cost_usd"]), missing) if part)
    yield "errors", f"{facts['errors']:,}" if facts["errors"] else ""


def _tools(tools: list[dict[str, Any]]) -> Iterator[str]:
    from agentrec.report.event_text import milliseconds

    most = max(tool["calls"] for tool in tools)
    names = [cut(printable(tool["name"]), _WIDEST) for tool in tools]
    width = max(_NAME_COLUMNS, *map(columns_of, names))
    for name, tool in zip(names, tools, strict=True):
        failed = f"{tool['failed']:,} failed ({tool['failed'] / max(1, tool['calls']):.0%})"
        mean = milliseconds(tool["ms"] / max(1, tool["calls"]))
        yield (
            f"  {padded(name, width)} {tool['calls']:>8,}  {bar(tool['calls'], most, _BAR):<{_BAR}}"
            f"  {failed if tool['failed'] else '':<20}  {mean} each"
        )


def _slow(entry: dict[str, Any]) -> Iterator[str]:
    from agentrec.report.event_text import milliseconds

    began = max(0, round(entry["t"] * 1e9 - entry["ms"] * 1e6))
    about = printable(f"{entry['what']}  {entry['about'][:80]}")
    yield f"  {milliseconds(entry['ms']):>10}  {about}"
    if not entry["path"]:
        yield f"              in {printable(entry['session'])}"
        return
    command = [
        "agentrec",
        "replay",
        short_path(entry["path"], os.environ),
        "--since",
        format_clock(began, fraction=True),
    ]
    yield f"              {typed(command)}"
