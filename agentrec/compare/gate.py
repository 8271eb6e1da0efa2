"""Gates: which rules a run breaks, alone or against another one.

What cannot be checked counts as broken: a gate that lets through what it does not know is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.compare.compared_run import FAILED
from agentrec.compare.file_trees import changed_paths
from agentrec.errors import UsageError
from agentrec.export.markdown import table_lines
from agentrec.json_values import amount, table
from agentrec.report.event_text import dollars, milliseconds
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.gate_rules import GateRule
    from agentrec.json_values import JsonObject

_MAX_PATHS = 5


class RuleVerdict(NamedTuple):
    """What a rule says about the run called ``name``: ``reason`` in words, also where it holds."""

    rule: GateRule
    name: str
    broken: bool
    reason: str

    @property
    def line(self) -> str:
        """In one line."""
        return f"{'broken' if self.broken else 'held'}: {self.rule.text}: {self.reason}"

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        return {
            "rule": self.rule.text,
            "run": self.name,
            "broken": self.broken,
            "reason": self.reason,
        }


def check_run(
    rules: Sequence[GateRule],
    run: ComparedRun,
    baseline: ComparedRun | None,
    env: Mapping[str, str],
) -> list[RuleVerdict]:
    """What each rule says about ``run``. Raises UsageError for a relative rule without ``baseline``."""
    need_baseline(rules, has_one=baseline is not None)
    return [RuleVerdict(rule, run.name, *_check(rule, run, baseline, env)) for rule in rules]


def need_baseline(rules: Sequence[GateRule], *, has_one: bool) -> None:
    """Raises UsageError for a relative rule if there is nothing to compare with."""
    relative = next((rule for rule in rules if rule.is_relative), None)
    if relative and not has_one:
        raise UsageError(
            f"the rule {relative.text!r} needs a run to compare with", "name one with --against"
        )


def _check(
    rule: GateRule, run: ComparedRun, baseline: ComparedRun | None, env: Mapping[str, str]
) -> tuple[bool, str]:
    match rule.kind:
        case "tests":
            return _tests(run, baseline)
        case "exit":
            return not run.succeeded, run.exit
        case "files-outside":
            return _outside(rule, run, env)
        case "tool-fails":
            return _tool_fails(rule, run)
    return _figure(rule, run, baseline)


def _tests(run: ComparedRun, baseline: ComparedRun | None) -> tuple[bool, str]:
    """The last tests have to have passed; to run none is right only if the other run has none, either."""
    if run.tests_status:
        labels = "; ".join(it.label for it in run.tests.values())
        return run.tests_status == FAILED, labels
    expected = baseline is None or bool(baseline.tests_status)
    return expected, "no tests were run" if expected else "no tests were run on either side"


def _outside(rule: GateRule, run: ComparedRun, env: Mapping[str, str]) -> tuple[bool, str]:
    changed = changed_paths(run, env)
    if changed is None:  # no snapshots here: what the file watcher saw
        changed = list(table(run.facts["files"]))
    outside = [path for path in changed if not _is_below(path, rule.paths)]
    if not outside:
        return False, f"{plural(len(changed), 'file')} changed, none outside"
    more = f" and {len(outside) - _MAX_PATHS:,} more" if len(outside) > _MAX_PATHS else ""
    return True, f"changed {', '.join(outside[:_MAX_PATHS])}{more}"


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path == it.rstrip("/") or path.startswith(it.rstrip("/") + "/") for it in folders)


def _tool_fails(rule: GateRule, run: ComparedRun) -> tuple[bool, str]:
    tool = table(table(run.facts["tools"]).get(rule.name))
    calls, errors = int(amount(tool.get("calls")) or 0), int(amount(tool.get("errors")) or 0)
    return errors > 0, f"{errors:,} of {plural(calls, 'call')} failed"


def _figure(rule: GateRule, run: ComparedRun, baseline: ComparedRun | None) -> tuple[bool, str]:
    value, base = figure(run, rule.name), figure(baseline, rule.name) if baseline else None
    return judge(rule, value, base)


def judge(rule: GateRule, value: float | None, base: float | None) -> tuple[bool, str]:
    """Whether ``value`` is beyond the rule's limit, and why."""
    limit = rule.limit
    if limit is None or value is None or (limit.is_relative and base is None):
        return True, f"cannot be checked: the {rule.name} is not known"
    most = limit.against(base or 0)
    against = f", was {shown(rule.name, base)}" if limit.is_relative else ""
    return value > most, f"{shown(rule.name, value)}{against}, at most {shown(rule.name, most)}"


def figure(run: ComparedRun, name: str) -> float | None:
    """A figure of a run by its name in rules."""
    if name.startswith("tool:"):
        tool = table(table(run.facts["tools"]).get(name.removeprefix("tool:")))
        return amount(tool.get("calls")) or 0
    return run.figures()[name]


def shown(name: str, value: float | None) -> str:
    """A figure as people write it."""
    if name == "cost":
        return dollars(value) or "not known"
    if name == "duration":
        return milliseconds((value or 0) * 1000)
    return f"{value or 0:,.6g}"


def markdown(verdicts: Sequence[RuleVerdict]) -> Iterator[str]:
    """The verdicts as a table in Markdown, the broken ones first."""
    yield f"### Gate: {summary(verdicts)}"
    yield ""
    ordered = sorted(verdicts, key=lambda it: not it.broken)
    rows = [("broken" if it.broken else "held", it.rule.text, it.name, it.reason) for it in ordered]
    yield from table_lines(("", "rule", "run", ""), rows)


def summary(verdicts: Sequence[RuleVerdict]) -> str:
    """How many rules are broken, in words."""
    broken = sum(it.broken for it in verdicts)
    rules = plural(len(verdicts), "rule")
    return f"{broken:,} of {rules} broken" if broken else f"{rules} held"
