"""A run in Markdown, for the page of a CI job: how it ended, what it cost, what failed, what was shown last.

Whatever was recorded is data here: it is masked, cut, and written so that Markdown makes nothing of it.
"""

from __future__ import annotations

import html
import re
import shlex
from typing import TYPE_CHECKING, Any

from agentrec.recording.exit_text import exit_text
from agentrec.redact import mask_text
from agentrec.report.event_text import dollars, milliseconds, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CHARS = 500_000  # characters; GitHub takes a mebibyte of all steps of a job
_ROWS = 12  # of a table
_LINES = 40  # of the screen
_LONGEST = 300  # characters of a text in a table
_SPECIAL = re.compile(r"([\\`*_\[\]!|~@])")
_STATES = {
    "whole": "",
    "torn": "cut short",
    "damaged": "damaged",
    "altered": "altered",
    "live": "not finished",
}


def job_summary(
    facts: dict[str, Any], state: str, screen: Sequence[str] = (), files: Sequence[str] = ()
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


def _head(facts: dict[str, Any], state: str) -> Iterator[str]:
    command = facts["command"] if isinstance(facts["command"], list) else []
    name = str(facts["title"] or shlex.join(map(str, command)) or "a recording")
    how = exit_text(facts["exit"]) if facts["exit"] else "no exit status"
    good = how == "exit 0"
    yield f"### {'✅' if good else '❌'} {_text(name)}"
    yield ""
    rows = [(key, value) for key, value in _facts(facts, state, how) if value]
    yield from _table(("", ""), rows)


def _facts(facts: dict[str, Any], state: str, how: str) -> Iterator[tuple[str, str]]:
    yield "ended", how
    yield "took", milliseconds(facts["duration"] * 1000)
    sessions = facts["sessions"]
    agents = {" ".join(str(it.get(k, "")) for k in ("agent", "version")).strip() for it in sessions}
    yield "agent", ", ".join(sorted(agents))
    yield "model", ", ".join(facts["models"])
    yield "turns", str(facts["turns"] or "")
    tokens = facts["tokens"]
    told = {"input": "in", "output": "out", "cache_read": "cached", "cache_write": "written"}
    yield "tokens", ", ".join(f"{tokens[k]:,} {word}" for k, word in told.items() if tokens[k])
    cost = dollars(facts["cost_usd"])
    unknown = facts["without_price"]
    yield "cost", f"{cost} and {unknown} calls without a known price" if cost and unknown else cost
    yield "errors", str(facts["errors"] or "")
    yield "recording", _STATES.get(state, state)


def _tools(facts: dict[str, Any]) -> Iterator[str]:
    if facts["tools"]:
        yield from _table(
            ("tool", "calls", "failed", "time"),
            [
                (name, f"{tool['calls']:,}", f"{tool['errors'] or ''}", milliseconds(tool["ms"]))
                for name, tool in facts["tools"].items()
            ],
        )


def _errors(facts: dict[str, Any]) -> Iterator[str]:
    if facts["first_errors"]:
        rows = [(f"{it['t']:.1f} s", it["what"], short(it["text"])) for it in facts["first_errors"]]
        yield from _table(("at", "what failed", ""), rows)


def _changed(facts: dict[str, Any]) -> Iterator[str]:
    files = facts["files"]
    if files:
        yield f"{len(files):,} files changed:"
        yield ""
        yield from (f"- {_text(path)}" for path in list(files)[:_ROWS])
        yield from _more(len(files))
        yield ""


def _screen(rows: Sequence[str]) -> Iterator[str]:
    shown = mask_text("\n".join(rows).strip("\n")).split("\n")[-_LINES:]
    if not any(shown):
        return
    longest = max((len(it) for it in re.findall(r"`+", "\n".join(shown))), default=0)
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
        yield f"Kept: {', '.join(map(_text, names))}. `agentrec replay` plays the `.ahr` file."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows[:_ROWS]:
        yield f"| {' | '.join(map(_text, row))} |"
    yield ""
    yield from _more(len(rows))


def _more(count: int) -> Iterator[str]:
    if count > _ROWS:
        yield f"and {count - _ROWS} more"
        yield ""


def _text(value: object) -> str:
    """One line that stands for itself."""
    line = mask_text(" ".join(str(value).split()))
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    line = "".join(c if c.isprintable() else "·" for c in line)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))
