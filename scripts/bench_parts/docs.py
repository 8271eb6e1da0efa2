"""Puts the table of a run into a Markdown page, between two markers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.bench_parts.bench import Bench
from scripts.bench_parts.report import HEADINGS, cells

BEGIN = "<!-- figures: written by scripts/bench --write-docs -->"
END = "<!-- end of figures -->"


def write(page: Path, bench: Bench, machine: dict[str, Any]) -> None:
    """Replace what stands between the markers of ``page``. Raises ValueError when they are missing."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for the figures: {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n\n{figures(bench, machine)}\n{END}{after}", encoding="utf-8")


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
