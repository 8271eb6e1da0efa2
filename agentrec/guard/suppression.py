"""Findings that are allowed, by a comment in the code or by a baseline.

``agentrec: allow RULE`` on a line, or on the one before, allows findings there; ``agentrec: allow-file RULE``
in the whole file. Several rules are separated by commas.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.guard.finding import Finding, Place
from agentrec.json_values import table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.guard.guard_settings import GuardSettings

_COMMENT = re.compile(
    r"\bagentrec:\s*(?P<how>allow(?:-file)?)\s+(?P<rules>[a-z-]+(?:\s*,\s*[a-z-]+)*)"
)
_VERSION = 1


class Allowances:
    """What the comments of a file allow."""

    def __init__(self, content: str) -> None:
        self._lines: dict[int, set[str]] = {}
        self._file: set[str] = set()
        if "agentrec:" not in content:
            return
        for number, line in enumerate(content.split("\n"), 1):
            for match in _COMMENT.finditer(line):
                rules = {rule.strip() for rule in match["rules"].split(",")}
                target = (
                    self._file
                    if match["how"] == "allow-file"
                    else self._lines.setdefault(number, set())
                )
                target |= rules

    def allows(self, finding: Finding) -> bool:
        """Whether a finding is allowed."""
        line = finding.place.line
        near = self._lines.get(line, set()) | self._lines.get(line - 1, set()) if line else set()
        return finding.rule in near | self._file

    def new_since(
        self, before: Allowances, path: str, settings: GuardSettings
    ) -> Iterator[Finding]:
        """Findings about comments that were not there ``before``."""
        rule = "suppressed"
        known = before.count()
        for line, rules in sorted(self.all_lines()):
            for name in sorted(rules):
                known[name] = known.get(name, 0) - 1
                if known[name] < 0:
                    told = f"a comment allows {name}"
                    place = Place(path, line, line)
                    yield Finding(rule, settings.level(rule), place, told, name)

    def all_lines(self) -> list[tuple[int, set[str]]]:
        """The lines with comments; 0 is the whole file."""
        return [*([(0, self._file)] if self._file else []), *self._lines.items()]

    def count(self) -> dict[str, int]:
        """How often each rule is allowed."""
        counts: dict[str, int] = {}
        for _, rules in self.all_lines():
            for name in rules:
                counts[name] = counts.get(name, 0) + 1
        return counts


def baseline_json(findings: Sequence[Finding]) -> str:
    """A baseline that allows these findings: one line each, so that a merge is easy."""
    rows = sorted({(it.place.path, it.rule, it.symbol, it.fingerprint) for it in findings})
    lines = [
        json.dumps({"path": path, "rule": rule, "symbol": symbol, "fingerprint": fingerprint})
        for path, rule, symbol, fingerprint in rows
    ]
    joined = ",\n    ".join(lines)
    return f'{{\n  "version": {_VERSION},\n  "findings": [\n    {joined}\n  ]\n}}\n'


def read_baseline(raw: bytes, name: str) -> frozenset[str]:
    """The fingerprints of the findings that a baseline allows. Raises InputError."""
    try:
        document: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise InputError(f"{name} is not JSON", "write it again: agentrec guard baseline") from None
    if table(document).get("version") != _VERSION:
        raise InputError(f"{name} is not a baseline", "write it again: agentrec guard baseline")
    return frozenset(
        text(row.get("fingerprint")) for row in tables(table(document).get("findings"))
    ) - {""}
