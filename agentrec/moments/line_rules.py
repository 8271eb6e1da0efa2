"""Lines of text in, milestones out, as the rules say; all parts of one run are one milestone."""

from __future__ import annotations

import re
from typing import NamedTuple

from agentrec.moments.rule_table import FAILED, NONE, PASSED, LineRule, rule_table

# A milestone waits this long for the rest of its run.
HOLD_NS = 1_000_000_000
# Lines that may stand between a rule's `after` and its line.
AFTER_LINES = 12
MAX_LABEL_CHARS = 200
_MAX_LINE_CHARS = 1000

_DECORATION = "│┃|⎿•●○◦▪▸>└├─╰╭╮╯║═☒☑➜\u203a\u276f \t"
_COUNT = re.compile(
    r"(\d+) (passed|failed|failures?|errors?|skipped|ignored|todo|pending|xfailed|xpassed)\b"
)
_ASSIGNED = re.compile(r"(failures|errors|skipped)=(\d+)")
_SYNONYMS = {
    "failure": "failed",
    "failures": "failed",
    "error": "errors",
    "ignored": "skipped",
    "todo": "skipped",
    "pending": "skipped",
}
_PACKAGES = ("packages failed", "packages passed")
_ORDER = ("failed", "errors", "passed", "skipped", "xfailed", "xpassed")


class Milestone(NamedTuple):
    """What a line says, first seen at ``t`` (ns). ``counts``: of tests, by outcome."""

    t: int
    rule: str
    kind: str
    status: str
    label: str
    counts: dict[str, int]


class LineMatcher:
    """Matches lines, in order, against the rules."""

    def __init__(self) -> None:
        self._rules = rule_table()
        after = {rule.after for rule in self._rules.lines if rule.after}
        self._after = [(pattern, re.compile(pattern)) for pattern in sorted(after)]
        # Nearly every line matches none of them: one search finds that out.
        self._any_after = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", each) for each in after))
        self._seen: dict[str, tuple[int, re.Match[str]]] = {}  # a line before -> where
        self._count = 0

    def feed(self, t: int, text: str) -> Milestone | None:
        """The milestone in the line ``text``, first seen at ``t``; None when there is none."""
        self._count += 1
        text = text[:_MAX_LINE_CHARS].strip()
        if not text:
            return None
        bare = text.lstrip(_DECORATION).rstrip(_DECORATION)
        candidates = self._rules.candidates(text.lower())
        milestone = self._first(t, (text, bare), candidates) if candidates else None
        self._remember(bare)
        return milestone

    def _first(
        self, t: int, forms: tuple[str, str], candidates: list[LineRule]
    ) -> Milestone | None:
        for rule in candidates:
            before = self._before(rule)
            for form in forms if before or not rule.after else ():
                match = re.search(rule.pattern, form)
                if match:
                    return _milestone(t, rule, match, before)
        return None

    def _before(self, rule: LineRule) -> re.Match[str] | None:
        if not rule.after or rule.after not in self._seen:
            return None
        count, match = self._seen[rule.after]
        return match if self._count - count <= AFTER_LINES else None

    def _remember(self, text: str) -> None:
        if not self._any_after.search(text):
            return
        for pattern, compiled in self._after:
            match = compiled.search(text)
            if match:
                self._seen[pattern] = (self._count, match)


def _milestone(
    t: int, rule: LineRule, match: re.Match[str], before: re.Match[str] | None
) -> Milestone:
    groups = {**(before.groupdict() if before else {}), **match.groupdict()}
    counts = _counts(match[0], groups) if rule.kind == "tests" else {}
    status = rule.status or _status(match[0], counts)
    if rule.summed and "package" in groups:
        counts = {_PACKAGES[status == PASSED]: 1}
    label = rule.label.format_map({name: value or "" for name, value in groups.items()})
    label = label or tests_label(rule.name, status, counts)
    return Milestone(t, rule.name, rule.kind, status, label[:MAX_LABEL_CHARS], counts)


def _counts(line: str, groups: dict[str, str | None]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for number, name in _COUNT.findall(line):
        counts[_SYNONYMS.get(name, name)] = counts.get(_SYNONYMS.get(name, name), 0) + int(number)
    for name, number in _ASSIGNED.findall(line):
        counts[_SYNONYMS.get(name, name) if name == "failures" else name] = int(number)
    for name in ("passed", "failed"):
        if groups.get(name):
            counts[name] = int(groups[name] or 0)
    if groups.get("total"):
        others = sum(counts.get(name, 0) for name in ("failed", "errors", "skipped"))
        counts.setdefault("passed", max(0, int(groups["total"] or 0) - others))
    return {name: counts[name] for name in _ORDER if counts.get(name)}


def _status(line: str, counts: dict[str, int]) -> str:
    if counts.get("failed") or counts.get("errors") or re.search(r"\bFAILED\b", line):
        return FAILED
    return PASSED if counts.get("passed") else NONE


def tests_label(name: str, status: str, counts: dict[str, int]) -> str:
    """``tests failed: 1 failed, 2 passed (pytest)``."""
    parts = ", ".join(f"{number} {what}" for what, number in counts.items())
    head = {PASSED: "tests passed", FAILED: "tests failed"}.get(status, "no tests ran")
    return f"{head}: {parts} ({name})" if parts else f"{head} ({name})"


def merge_milestones(first: Milestone, second: Milestone) -> Milestone:
    """Two parts of one run as one milestone."""
    counts = {
        name: first.counts.get(name, 0) + second.counts.get(name, 0)
        for name in (*_ORDER, *_PACKAGES)
        if name in first.counts or name in second.counts
    }
    statuses = {first.status, second.status}
    status = next((each for each in (FAILED, PASSED) if each in statuses), NONE)
    label = tests_label(first.rule, status, counts)
    return Milestone(second.t, first.rule, first.kind, status, label, counts)


class MilestoneCollector:
    """Lines in, milestones out, held until their line is complete and all parts of a run are there."""

    def __init__(self) -> None:
        self._matcher = LineMatcher()
        self._held: dict[tuple[str, int], Milestone] = {}  # rule, and when it began

    def line(self, t: int, text: str) -> None:
        """Take a line first seen at ``t`` ns. Lines that grow come again with the same time."""
        milestone = self._matcher.feed(t, text)
        if not milestone:
            return
        rule = milestone.rule
        if rule in rule_table().summed:
            key = next((key for key in self._held if key[0] == rule), (rule, t))
            before = self._held.get(key)
            self._held[key] = merge_milestones(before, milestone) if before else milestone
        else:
            self._held[rule, t] = milestone

    def settled(self, t: int) -> list[Milestone]:
        """Those that are complete at ``t``."""
        return self.take(t - HOLD_NS)

    def take(self, t: int) -> list[Milestone]:
        """Those that have not changed after ``t``."""
        due = {key: milestone for key, milestone in self._held.items() if milestone.t <= t}
        for key in due:
            del self._held[key]
        return sorted(due.values(), key=lambda milestone: milestone.t)
