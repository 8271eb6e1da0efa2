"""Puts the table of a run into a Markdown page, between two markers.

Parts that this run has not measured keep their rows, in a table with the machine and day of that run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scripts.bench_parts.bench import Bench
from scripts.bench_parts.report import HEADINGS, cells

# The line above a table.
_MACHINE = re.compile(r"^[^|\n]+, \d+ cores, .*\.$", re.MULTILINE)
_HEADING_LINES = 2
BEGIN = "<!-- figures: written by scripts/bench --write-docs -->"
END = "<!-- end of figures -->"


def write(page: Path, bench: Bench, machine: dict[str, Any]) -> None:
    """Replace what stands between the markers of ``page``. Raises ValueError when they are missing."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    shown, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for the figures: {BEGIN} ... {END}")
    kept = _kept(shown, {row.part for row in bench.rows})
    made = "\n".join([figures(bench, machine), *kept])
    page.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}", encoding="utf-8")


def _kept(shown: str, measured: set[str]) -> list[str]:
    """The tables of earlier runs, without the rows of parts that are ``measured``."""
    kept = []
    starts = [found.start() for found in _MACHINE.finditer(shown)]
    for start, end in zip(starts, [*starts[1:], len(shown)], strict=False):
        lines = shown[start:end].splitlines()
        left = [line for line in lines if not any(line.startswith(f"| {it} |") for it in measured)]
        if sum(line.startswith("| ") for line in left) > _HEADING_LINES:
            kept.append("\n".join(left).strip() + "\n")
    return kept


def figures(bench: Bench, machine: dict[str, Any]) -> str:
    """The table in Markdown, the machine named above it and what was left out below."""
    lines = [
        "{cpu}, {cores} cores, {system}, Python {python}; {date}.".format(**machine),
        "",
        f"| part | {' | '.join(HEADINGS)} |",
        f"| {' | '.join(['---'] * (len(HEADINGS) + 1))} |",
    ]
    for row in bench.rows:
        texts = (text.replace("|", "\\|") for text in (row.part, *cells(row)))
        lines.append(f"| {' | '.join(texts)} |")
    if bench.quick:
        lines += ["", "A quick run: it shows that the benchmark works and measures little."]
    lines += [line for note in bench.notes for line in ("", note)]
    return "\n".join(lines) + "\n"
