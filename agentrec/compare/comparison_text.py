"""A comparison as text for a terminal, and as Markdown for the page of a CI job."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.compare.steps import MAX_STEPS
from agentrec.export.markdown import escaped, folded, table_lines
from agentrec.json_values import table
from agentrec.report.event_text import dollars, milliseconds
from agentrec.text import plural, printable, shorten
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.comparison import Comparison
    from agentrec.compare.file_trees import TreeDifference

_MAX_PATHS = 20
_MAX_COMMANDS = 12
_MAX_DIFF_LINES = 80
_MAX_DIFF_LINES_MD = 1000
_MAX_CHARS = 60
_MAX_HANDOFF_CHARS = 1000
_MAX_GROUP_CHARS = 32  # of a cell, where many runs stand side by side

Rows = list[tuple[str, ...]]


def rows_of(runs: Sequence[ComparedRun]) -> Rows:
    """The table of outcomes and figures: a name and a cell for each run. Rows that are empty are left out."""
    columns = [dict(_cells(run)) for run in runs]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    return [row for row in rows if any(row[1:])]


def _cells(run: ComparedRun) -> Iterator[tuple[str, str]]:
    yield "ended", run.exit
    yield "tests", "; ".join(it.label for it in run.tests.values())
    yield "agent", run.agent
    yield "model", ", ".join(table(run.facts["models"]))
    figures = run.figures()
    for name in ("turns", "tools", "errors", "tokens"):
        yield name, f"{figures[name] or 0:,.0f}"
    without = run.facts["without_price"]
    yield (
        "cost",
        dollars(figures["cost"]) + (f" and {without} calls without a price" if without else ""),
    )
    yield "time", milliseconds((figures["duration"] or 0) * 1000)
    yield "last message", shorten(run.handoff, _MAX_HANDOFF_CHARS)


def text_lines(comparison: Comparison) -> Iterator[str]:
    """How two runs differ, for a terminal."""
    letters = f"A {comparison.left.name}", f"B {comparison.right.name}"
    yield from (printable(line) for line in letters)
    yield ""
    yield from columns([("", "A", "B"), *rows_of((comparison.left, comparison.right))])
    yield ""
    yield from map(printable, _files(comparison.trees))
    for diff in comparison.trees.diffs.values():
        yield from _indented(diff)
    yield from map(printable, _commands(comparison))
    yield ""
    yield from map(printable, divergence_lines(comparison))


def group_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Several runs beside the one that all are compared with, then how each differs from it."""
    first, others = comparisons[0].left, [it.right for it in comparisons]
    head = ("", *(os.path.basename(run.name) for run in (first, *others)))
    yield from columns([head, *rows_of((first, *others))], _MAX_GROUP_CHARS)
    for comparison in comparisons:
        yield ""
        yield printable(comparison.right.name)
        yield from (printable(f"  {line}") for line in difference_lines(comparison))


def group_markdown(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """The same in Markdown."""
    first, others = comparisons[0].left, [it.right for it in comparisons]
    names = [os.path.basename(run.name) for run in (first, *others)]
    yield "### Comparison"
    yield ""
    yield from table_lines(("", *map(escaped, names)), rows_of((first, *others)))
    for comparison in comparisons:
        yield ""
        yield f"#### {escaped(comparison.right.name)}"
        yield ""
        yield from (f"- {escaped(line)}" for line in difference_lines(comparison))


def difference_lines(comparison: Comparison) -> Iterator[str]:
    """Files, commands and the first step that differ, without diffs."""
    yield from _files(comparison.trees)
    yield from _commands(comparison)
    yield from divergence_lines(comparison)


def divergence_lines(comparison: Comparison) -> Iterator[str]:
    """The first difference of the steps, in words."""
    found = comparison.divergence
    if max(len(comparison.left.steps), len(comparison.right.steps)) >= MAX_STEPS:
        yield f"steps: only the first {MAX_STEPS:,} messages and calls are compared"
    if found is None:
        count = comparison.equal_steps
        yield f"steps: {plural(count, 'step')}, all equal" if count else "steps: none recorded"
        return
    steps = f"{plural(comparison.equal_steps, 'equal step')}"
    yield f"steps: {len(comparison.left.steps):,} and {len(comparison.right.steps):,}, {steps}"
    sides = zip("AB", (found.left, found.right), strict=True)
    places = ", ".join(
        f"{letter} step {it.number} at {format_clock(it.t, fraction=True)}"
        for letter, it in sides
        if it
    )
    yield f"first difference ({places}):"
    yield f"  {found.words}"
    if found.after:
        yield f"  after: {found.after}"


def _files(trees: TreeDifference) -> Iterator[str]:
    if not trees.known:
        yield "files: not known; a side has no snapshot on this machine"
        return
    only = f"{len(trees.only_left):,} only in A, {len(trees.only_right):,} only in B"
    yield f"files: {trees.equal:,} equal, {len(trees.differing):,} different, {only}"
    yield from _listed("only in A", trees.only_left)
    yield from _listed("only in B", trees.only_right)
    yield from _listed("different", trees.differing)


def _listed(what: str, paths: Sequence[str]) -> Iterator[str]:
    yield from (f"  {what}: {path}" for path in paths[:_MAX_PATHS])
    if len(paths) > _MAX_PATHS:
        yield f"  {what}: {len(paths) - _MAX_PATHS:,} more"


def _commands(comparison: Comparison) -> Iterator[str]:
    found = comparison.commands
    if not found:
        return
    yield "commands whose last run differs:"
    for it in found[:_MAX_COMMANDS]:
        sides = f"A {it.left or 'not run'}, B {it.right or 'not run'}"
        yield f"  {shorten(it.text, _MAX_CHARS)}: {sides}"
    if len(found) > _MAX_COMMANDS:
        yield f"  and {len(found) - _MAX_COMMANDS:,} more"


def columns(rows: Iterable[Sequence[str]], limit: int = _MAX_CHARS) -> Iterator[str]:
    """A table; its first row is its head, its cells have at most ``limit`` characters."""
    shown = [[printable(shorten(cell, limit)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _indented(diff: str) -> Iterator[str]:
    lines = diff.split("\n")
    yield from (
        "    " + "\t".join(map(printable, line.split("\t"))) for line in lines[:_MAX_DIFF_LINES]
    )
    if len(lines) > _MAX_DIFF_LINES:
        yield f"    {plural(len(lines) - _MAX_DIFF_LINES, 'more line')}"


def markdown_lines(comparison: Comparison) -> Iterator[str]:
    """The same in Markdown."""
    yield "### Comparison"
    yield ""
    yield f"A is {escaped(comparison.left.name)}, B is {escaped(comparison.right.name)}."
    yield ""
    yield from table_lines(("", "A", "B"), rows_of((comparison.left, comparison.right)))
    for line in difference_lines(comparison):
        indent = "  " if line.startswith("  ") else ""
        yield f"{indent}- {escaped(line)}"
    yield ""
    diff = "\n".join(comparison.trees.diffs.values())
    if diff:
        yield from folded("Differences of files", diff.split("\n")[:_MAX_DIFF_LINES_MD], "diff")
