"""Findings as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agentrec.guard.finding import ERROR, LEVELS, WARNING
from agentrec.text import one_line, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.guard.finding import Finding
    from agentrec.guard.guard_check import GuardReport

_COLORS = {ERROR: "\x1b[31m", WARNING: "\x1b[33m"}
_PLAIN = "\x1b[0m"


def finding_lines(report: GuardReport, *, color: bool) -> Iterator[str]:
    """A line for each finding: place, level, what it is, the rule. Then a line that counts them."""
    for finding in report.findings:
        yield finding_line(finding, color=color)
    yield counted(report)


def finding_line(finding: Finding, *, color: bool = False) -> str:
    """``src/a.py:3: warning: … [rule]``."""
    level = finding.level
    if color and level in _COLORS:
        level = f"{_COLORS[level]}{level}{_PLAIN}"
    return f"{one_line(str(finding.place))}: {level}: {one_line(finding.text)} [{finding.rule}]"


def counted(report: GuardReport) -> str:
    """``2 errors, 1 warning in 14 files, 3 allowed``."""
    counts = Counter(finding.level for finding in report.findings)
    found = ", ".join(plural(counts[level], level) for level in LEVELS if counts[level])
    files = plural(report.files, "file")
    allowed = f", {report.allowed:,} allowed" if report.allowed else ""
    return f"{found or 'no findings'} in {files}{allowed}"
