"""A run in Markdown, for the page of a CI job: how it ended, what it cost, what failed, the last screen.

Recorded text is only data here, see :mod:`agentrec.export.markdown`.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from agentrec.export.markdown import MAX_ROWS, escaped, folded, more_line, table_lines
from agentrec.json_values import amount, table, tables
from agentrec.recording.events.guard import GuardFinding
from agentrec.recording.exit_text import exit_text
from agentrec.redact import mask_text
from agentrec.report.event_text import dollars, milliseconds, short, tokens
from agentrec.report.transaction_totals import transaction_row
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.json_values import JsonObject

# GitHub takes a mebibyte of all steps of a job.
MAX_CHARS = 500_000
_MAX_SCREEN_LINES = 40
_STATES = {
    "whole": "",
    "torn": "cut short",
    "damaged": "damaged",
    "altered": "altered",
    "live": "not finished",
}


def job_summary(
    facts: JsonObject, state: str, screen: Sequence[str] = (), files: Sequence[str] = ()
) -> str:
    """``facts`` from :func:`agentrec.report.summary.summarize`, ``state`` from ``verify``, the rows of the
    last ``screen``, and the names of the ``files`` that were kept."""
    lines = [
        *_head(facts, state),
        *_tools(facts),
        *_errors(facts),
        *_findings(facts),
        *_transactions(facts),
        *_changed(facts),
        *_screen(screen),
        *_files(files),
    ]
    return "\n".join(lines)[:MAX_CHARS] + "\n"


def _head(facts: JsonObject, state: str) -> Iterator[str]:
    command = facts["command"] if isinstance(facts["command"], list) else []
    name = str(facts["title"] or shlex.join(map(str, command)) or "a recording")
    status = exit_text(table(facts["exit"])) if facts["exit"] else "no exit status"
    yield f"### {'✅' if status == 'exit 0' else '❌'} {escaped(name)}"
    yield ""
    rows = [(key, value) for key, value in _facts(facts, state, status) if value]
    yield from table_lines(("", ""), rows)


def _facts(facts: JsonObject, state: str, status: str) -> Iterator[tuple[str, str]]:
    yield "ended", status
    limits = facts["limits"] if isinstance(facts["limits"], list) else []
    yield "limit reached", "; ".join(map(str, limits))
    yield "took", milliseconds(_number(facts["duration"]) * 1000)
    agents = {
        f"{session.get('agent', '')} {session.get('version', '')}".strip()
        for session in tables(facts["sessions"])
    }
    yield "agent", ", ".join(sorted(agents))
    yield "model", ", ".join(table(facts["models"]))
    yield "turns", str(facts["turns"] or "")
    yield "tokens", tokens(table(facts["tokens"]))
    cost = dollars(facts["cost_usd"])
    unknown = facts["without_price"]
    yield "cost", f"{cost} and {unknown} calls without a known price" if cost and unknown else cost
    yield "errors", str(facts["errors"] or "")
    yield "recording", _STATES.get(state, state)


def _tools(facts: JsonObject) -> Iterator[str]:
    rows = []
    for name, tool in table(facts["tools"]).items():
        calls, errors, ms = (_number(table(tool)[key]) for key in ("calls", "errors", "ms"))
        rows.append((name, f"{calls:,}", str(errors or ""), milliseconds(ms)))
    if rows:
        yield from table_lines(("tool", "calls", "failed", "time"), rows)


def _errors(facts: JsonObject) -> Iterator[str]:
    rows = [
        (f"{_number(error['t']):.1f} s", str(error["what"]), short(error["text"]))
        for error in tables(facts["first_errors"])
    ]
    if rows:
        yield from table_lines(("at", "what failed", ""), rows)


def _findings(facts: JsonObject) -> Iterator[str]:
    findings = [GuardFinding(data) for data in tables(facts["first_findings"])]
    rows = [(it.level, it.place, f"{it.text} ({it.rule})") for it in findings]
    if rows:
        yield from table_lines(("guard", "place", "finding"), rows)


def _transactions(facts: JsonObject) -> Iterator[str]:
    rows = [transaction_row(data) for data in tables(facts["transactions"])]
    if rows:
        yield from table_lines(("transaction", "what was done"), rows)


def _changed(facts: JsonObject) -> Iterator[str]:
    files = table(facts["files"])
    if files:
        yield f"{plural(len(files), 'file')} changed:"
        yield ""
        yield from (f"- {escaped(path)}" for path in list(files)[:MAX_ROWS])
        yield from more_line(len(files))
        yield ""


def _number(value: object) -> float:
    return amount(value) or 0


def _screen(rows: Sequence[str]) -> Iterator[str]:
    shown = mask_text("\n".join(rows).strip("\n")).split("\n")[-_MAX_SCREEN_LINES:]
    if any(shown):
        yield from folded("The terminal at the end", shown)


def _files(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"Files: {', '.join(map(escaped, names))}. `agentrec replay` plays the `.ahr` file."
