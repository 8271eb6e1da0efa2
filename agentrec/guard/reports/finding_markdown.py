"""Findings as Markdown, for summaries of CI jobs and pull requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.guard.reports.finding_text import counted
from agentrec.text import one_line, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.guard.finding import Finding
    from agentrec.guard.guard_check import GuardReport

_MAX_ROWS = 100
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@-])")


def markdown(report: GuardReport) -> str:
    """A heading, a table, and what was not checked."""
    lines = ["### Guard", "", f"{counted(report)}."]
    if report.findings:
        lines += ["", *finding_table(report.findings)]
    lines += [f"\nNot checked: {_escaped(what)}." for what in report.left_out]
    return "\n".join(lines)


def finding_table(findings: Sequence[Finding]) -> Iterator[str]:
    """The rows, the first ones only if there are many."""
    yield "| level | place | finding | rule |"
    yield "| --- | --- | --- | --- |"
    for it in findings[:_MAX_ROWS]:
        yield f"| {it.level} | {_escaped(str(it.place))} | {_escaped(it.text)} | `{it.rule}` |"
    if len(findings) > _MAX_ROWS:
        yield f"\n… and {plural(len(findings) - _MAX_ROWS, 'finding')} more."


def _escaped(text: str) -> str:
    """Text that comes from file names: nothing in it is Markdown."""
    return _SPECIAL.sub(r"\\\1", one_line(text))
