"""Several runs on each side: medians, spread, rates, and what is only noise."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from agentrec.compare.gate import RuleVerdict, check_run, figure, judge, need_baseline, shown
from agentrec.compare.gate_rules import EXIT, FIGURE, FIGURES, TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.gate_rules import GateRule
    from agentrec.json_values import JsonObject

# One-sided, 5 %: so rarely two equal sides look this different by chance.
_SIGNIFICANT = 1.645
NOISE = "noise: within the spread of A"


class Spread(NamedTuple):
    """A figure over several runs; ``known`` of them have it."""

    median: float
    least: float
    most: float
    known: int


class RateChange(NamedTuple):
    """How many of how many runs failed on each side."""

    failed_a: int
    runs_a: int
    failed_b: int
    runs_b: int

    @property
    def is_worse(self) -> bool:
        """Whether B fails more often than chance explains, by a test of two proportions."""
        if not self.runs_a or not self.runs_b:
            return False
        rate_a, rate_b = self.failed_a / self.runs_a, self.failed_b / self.runs_b
        pooled = (self.failed_a + self.failed_b) / (self.runs_a + self.runs_b)
        deviation = sqrt(pooled * (1 - pooled) * (1 / self.runs_a + 1 / self.runs_b))
        return deviation > 0 and (rate_b - rate_a) / deviation > _SIGNIFICANT

    def __str__(self) -> str:
        return f"failed in {self.failed_b} of {self.runs_b}, was {self.failed_a} of {self.runs_a}"


class ShareChange(NamedTuple):
    """Which part of its tests failed in each run of both sides."""

    a: Sequence[float]
    b: Sequence[float]

    @property
    def is_worse(self) -> bool:
        """Whether more of B's tests fail than chance explains, by the ranks of the runs.

        A run counts once, however many tests it has: tests of one run can fail together.
        """
        count_a, count_b = len(self.a), len(self.b)
        both = count_a + count_b
        if not count_a or not count_b:
            return False
        above = sum((b > a) + (b == a) / 2 for a in self.a for b in self.b)
        ties = sum(n**3 - n for n in Counter([*self.a, *self.b]).values())
        variance = count_a * count_b / 12 * (both + 1 - ties / (both * (both - 1)))
        return variance > 0 and (above - count_a * count_b / 2) / sqrt(variance) > _SIGNIFICANT

    def __str__(self) -> str:
        before, after = median(self.a), median(self.b)
        return f"{after:.0%} of the tests fail, were {before:.0%}"


class SampleFigure(NamedTuple):
    """A figure on both sides, and what to say about the difference."""

    name: str
    a: Spread
    b: Spread
    note: str


def spread(runs: Sequence[ComparedRun], name: str) -> Spread | None:
    """A figure over several runs; None if no run has it."""
    values = [value for run in runs if (value := figure(run, name)) is not None]
    return Spread(median(values), min(values), max(values), len(values)) if values else None


def is_noise(a: Spread, b: Spread) -> bool:
    """Whether the median of B is inside what the runs of A differ by among themselves."""
    return a.known > 1 and a.least <= b.median <= a.most


def sample_figures(a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> Iterator[SampleFigure]:
    """Every figure that both sides have."""
    for name in FIGURES:
        first, second = spread(a, name), spread(b, name)
        if first and second:
            same = first.median == second.median
            note = "equal" if same else NOISE if is_noise(first, second) else ""
            yield SampleFigure(name, first, second, note)


def pass_rate(kind: str, a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> RateChange:
    """How often runs fail: their ``exit``, or their ``tests`` (runs without tests do not count)."""
    failed = [[_failed(kind, run) for run in side] for side in (a, b)]
    known = [[it for it in side if it is not None] for side in failed]
    return RateChange(sum(known[0]), len(known[0]), sum(known[1]), len(known[1]))


def share_change(a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> ShareChange:
    """How much of their tests fails in runs that have some."""
    sides = [[share for run in side if (share := run.failing_share) is not None] for side in (a, b)]
    return ShareChange(*sides)


def _failed(kind: str, run: ComparedRun) -> bool | None:
    if kind == EXIT:
        return not run.succeeded
    return run.tests_status == "failed" if run.tests_status else None


def check_samples(
    rules: Sequence[GateRule],
    a: Sequence[ComparedRun],
    b: Sequence[ComparedRun],
    env: Mapping[str, str],
) -> list[RuleVerdict]:
    """What each rule says about the runs of B against those of A."""
    need_baseline(rules, has_one=bool(a))
    return [RuleVerdict(rule, "B", *_check(rule, a, b, env)) for rule in rules]


def _check(
    rule: GateRule, a: Sequence[ComparedRun], b: Sequence[ComparedRun], env: Mapping[str, str]
) -> tuple[bool, str]:
    if rule.kind == TESTS:
        return _check_tests(a, b)
    if rule.kind == EXIT:
        change = pass_rate(EXIT, a, b)
        return change.is_worse, f"{change}{'' if change.is_worse else _by_chance(change)}"
    if rule.kind == FIGURE:
        return _check_figure(rule, a, b)
    verdicts = [check_run([rule], run, None, env)[0] for run in b]
    broken = [it for it in verdicts if it.broken]
    return bool(broken), broken[0].reason if broken else verdicts[0].reason


def _check_tests(a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> tuple[bool, str]:
    change, shares = pass_rate(TESTS, a, b), share_change(a, b)
    if not shares.a or not shares.b:
        return False, str(change)
    noise = "" if shares.is_worse else _by_chance(change)
    return shares.is_worse, f"{change}; {shares}{noise}"


def _by_chance(change: RateChange) -> str:
    more = change.failed_b * change.runs_a > change.failed_a * change.runs_b
    return "; noise: chance explains it" if more else ""


def _check_figure(
    rule: GateRule, a: Sequence[ComparedRun], b: Sequence[ComparedRun]
) -> tuple[bool, str]:
    first, second = spread(a, rule.name), spread(b, rule.name)
    broken, reason = judge(rule, second and second.median, first and first.median)
    relative = rule.limit is not None and rule.limit.is_relative
    if broken and relative and first and second and is_noise(first, second):
        return False, f"{reason}; {NOISE}"
    return broken, f"median {reason}"


def sample_rows(a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> list[tuple[str, ...]]:
    """A table: a name, a cell for each side, and a note."""
    rows: list[tuple[str, ...]] = [("runs", str(len(a)), str(len(b)), "")]
    for kind in (EXIT, TESTS):
        change = pass_rate(kind, a, b)
        if change.runs_a or change.runs_b:
            passed = (
                f"{change.runs_a - change.failed_a} of {change.runs_a}",
                f"{change.runs_b - change.failed_b} of {change.runs_b}",
            )
            is_worse = share_change(a, b).is_worse if kind == TESTS else change.is_worse
            note = "more failures than chance explains" if is_worse else ""
            rows.append((f"{kind} passed", *passed, note))
    return rows + [
        (it.name, _spread_text(it.name, it.a), _spread_text(it.name, it.b), it.note)
        for it in sample_figures(a, b)
    ]


def _spread_text(name: str, it: Spread) -> str:
    text = shown(name, it.median)
    return (
        text
        if it.least == it.most
        else f"{text} ({shown(name, it.least)} to {shown(name, it.most)})"
    )


def sample_data(a: Sequence[ComparedRun], b: Sequence[ComparedRun]) -> JsonObject:
    """The same as a JSON object."""
    rates = {kind: pass_rate(kind, a, b) for kind in (EXIT, TESTS)}
    shares = share_change(a, b)
    return {
        "runs": {"a": [run.path for run in a], "b": [run.path for run in b]},
        "rates": {kind: {**it._asdict(), "worse": it.is_worse} for kind, it in rates.items()},
        "failing_share": {**shares._asdict(), "worse": shares.is_worse},
        "figures": {
            it.name: {"a": it.a._asdict(), "b": it.b._asdict(), "note": it.note}
            for it in sample_figures(a, b)
        },
    }
