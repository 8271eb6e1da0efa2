"""Summarize a run: duration, turns, tokens, cost, tools, slow steps, failures.

Costs are list prices; calls without a known price count in tokens only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.cli.common import add_file, add_json, opened, print_json, warn_damage, warn_lacks
from agentrec.cli.inspect.signature_text import signed_text
from agentrec.columns import padded
from agentrec.errors import ExitCode
from agentrec.recording.events.guard import GuardFinding
from agentrec.recording.events.sys import SysDropped, SysTrouble
from agentrec.recording.exit_text import ending_row
from agentrec.recording.info import run_ending
from agentrec.report.event_text import dollars, milliseconds, record_line, tokens
from agentrec.report.summary import summarize
from agentrec.report.transaction_totals import transaction_row
from agentrec.text import format_size, plural, printable
from agentrec.times import format_clock, format_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


# Listed on the screen.
MAX_LISTED_FILES = 20
MAX_LISTED_FINDINGS = 20

_NAME_COLUMNS = 18


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with opened(args.file) as recording:
        facts = summarize(recording)
        warn_damage(recording)
        warn_lacks(recording)
        what, ended = ending_row(facts["exit"], run_ending(recording))
        ending = what, ended or ("still running" if recording.live else "not recorded")
    if args.json:
        print_json(facts)
    else:
        print("\n".join(printable(line) for line in _lines(facts, ending)))
    return ExitCode.OK


def _lines(facts: dict[str, Any], ending: tuple[str, str]) -> Iterator[str]:
    for name, value in _rows(facts, ending):
        if value:
            yield f"{name:<10} {value}"
    if facts["tools"]:
        yield "tools"
        for name, tool in facts["tools"].items():
            failed = f", {tool['errors']} failed" if tool["errors"] else ""
            calls = f"{plural(tool['calls'], 'call'):>10}{failed}"
            shown = padded(printable(name), _NAME_COLUMNS)
            yield f"  {shown} {calls}, {milliseconds(tool['ms'])}"
    if facts["slowest"]:
        yield "slowest"
        for entry in facts["slowest"]:
            at = format_clock(round(entry["t"] * 1e9))
            yield f"  {milliseconds(entry['ms']):>10}  at {at}  {entry['what']}  {entry['text'][:80]}"
    if facts["errors"]:
        yield f"errors     {facts['errors']}"
        for entry in facts["first_errors"]:
            at = format_clock(round(entry["t"] * 1e9))
            yield f"  {at}  {entry['what']}  {entry['text'][:80]}"
    if addresses := facts["connections"]:
        yield f"network    {plural(len(addresses), 'connection target')}"
        for where, totals in list(addresses.items())[:MAX_LISTED_FILES]:
            sent, received = format_size(totals["sent"]), format_size(totals["received"])
            count = f"{totals['connections']:,}"
            yield f"  {where}  {count}, {sent} sent, {received} received"
    if facts["files"]:
        yield f"files      {plural(len(facts['files']), 'file')} changed"
        yield from (f"  {path}" for path in list(facts["files"])[:MAX_LISTED_FILES])


def _rows(facts: dict[str, Any], ending: tuple[str, str]) -> Iterator[tuple[str, str]]:
    import shlex

    command = facts["command"]
    yield "command", shlex.join(map(str, command)) if isinstance(command, list) else ""
    yield "title", str(facts["title"] or "")
    for session in facts["sessions"]:
        words = (session.get("agent"), session.get("version"), session.get("session_id"))
        yield "agent", " ".join(str(word) for word in words if word)
    yield "duration", format_duration(round(facts["duration"] * 1e9))
    yield "turns", str(facts["turns"] or "")
    yield "tokens", tokens(facts["tokens"])
    yield "cost", _cost(facts)
    if len(facts["models"]) > 1:
        for name, model in facts["models"].items():
            yield "model", f"{name}: {plural(model['calls'], 'call')}, {tokens(model)}"
    else:
        yield "model", "".join(facts["models"])
    run, failed = facts["commands"]["run"], facts["commands"]["failed"]
    yield "commands", f"{run}" + (f", {failed} failed" if failed else "") if run else ""
    for trouble in facts["troubles"]:
        record = (SysTrouble if "text" in trouble else SysDropped)(trouble)
        yield "trouble", str(record_line(record))
    yield ending
    yield "signed by", signed_text(facts["signed_by"])
    yield from (("limit", text) for text in facts["limits"])
    yield "findings", ", ".join(plural(count, level) for level, count in facts["findings"].items())
    for data in facts["first_findings"][:MAX_LISTED_FINDINGS]:
        finding = GuardFinding(data)
        yield finding.level, f"{finding.place}: {finding.text} [{finding.rule}]"
    for about in facts["transactions"]:
        yield "tx", ": ".join(transaction_row(about))


def _cost(facts: dict[str, Any]) -> str:
    if not facts["models"]:
        return ""
    unknown = [
        f"{plural(model['without_price'], 'call')} of {name} without a known price ({tokens(model)})"
        for name, model in facts["models"].items()
        if model["without_price"]
    ]
    missing = ", ".join(unknown)
    if facts["cost_usd"] is None:
        return missing
    known = f"{dollars(facts['cost_usd'])} by list prices of {facts['prices_as_of']}"
    return f"{known}, {missing}" if missing else known
