"""A run in Markdown, for the page of a CI job: how it ended, what it cost, what failed, the last screen.

Recorded text is only data here: it is masked, cut and escaped, so that Markdown does not interpret it.
"""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING

from agentrec.json_values import amount, table, tables
from agentrec.recording.exit_text import exit_text
from agentrec.redact import mask_text
from agentrec.report.event_text import dollars, milliseconds, short, tokens
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.json_values import JsonObject

# GitHub takes a mebibyte of all steps of a job.
MAX_CHARS = 500_000
_MAX_ROWS = 12
_MAX_SCREEN_LINES = 40
_MAX_TEXT_CHARS = 300
_SPECIAL = re.compile(r"([\\`*_\[\]!|~@])")
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
        *_changed(facts),
        *_screen(screen),
        *_files(files),
    ]
    return "\n".join(lines)[:MAX_CHARS] + "\n"


def _head(facts: JsonObject, state: str) -> Iterator[str]:
    command = facts["command"] if isinstance(facts["command"], list) else []
    name = str(facts["title"] or shlex.join(map(str, command)) or "a recording")
    status = exit_text(table(facts["exit"])) if facts["exit"] else "no exit status"
    yield f"### {'✅' if status == 'exit 0' else '❌'} {_text(name)}"
    yield ""
    rows = [(key, value) for key, value in _facts(facts, state, status) if value]
    yield from _table(("", ""), rows)


def _facts(facts: JsonObject, state: str, status: str) -> Iterator[tuple[str, str]]:
    yield "ended", status
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
        yield from _table(("tool", "calls", "failed", "time"), rows)


def _errors(facts: JsonObject) -> Iterator[str]:
    rows = [
        (f"{_number(error['t']):.1f} s", str(error["what"]), short(error["text"]))
        for error in tables(facts["first_errors"])
    ]
    if rows:
        yield from _table(("at", "what failed", ""), rows)


def _changed(facts: JsonObject) -> Iterator[str]:
    files = table(facts["files"])
    if files:
        yield f"{plural(len(files), 'file')} changed:"
        yield ""
        yield from (f"- {_text(path)}" for path in list(files)[:_MAX_ROWS])
        yield from _more(len(files))
        yield ""


def _number(value: object) -> float:
    return amount(value) or 0


def _screen(rows: Sequence[str]) -> Iterator[str]:
    shown = mask_text("\n".join(rows).strip("\n")).split("\n")[-_MAX_SCREEN_LINES:]
    if not any(shown):
        return
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(shown))), default=0)
    fence = "`" * max(3, longest + 1)
    yield "<details><summary>The terminal at the end</summary>"
    yield ""
    yield f"{fence}text"
    yield from ("".join(c if c.isprintable() else "·" for c in row) for row in shown)
    yield fence
    yield ""
    yield "</details>"
    yield ""


def _files(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"Files: {', '.join(map(_text, names))}. `agentrec replay` plays the `.ahr` file."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows[:_MAX_ROWS]:
        yield f"| {' | '.join(map(_text, row))} |"
    yield ""
    yield from _more(len(rows))


def _more(count: int) -> Iterator[str]:
    if count > _MAX_ROWS:
        yield f"and {count - _MAX_ROWS} more"
        yield ""


def _text(value: object) -> str:
    """One line of escaped text."""
    line = mask_text(" ".join(str(value).split()))
    line = line if len(line) <= _MAX_TEXT_CHARS else line[: _MAX_TEXT_CHARS - 1] + "…"
    line = "".join(c if c.isprintable() else "·" for c in line)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))
