"""A comparison of two runs: outcomes first, then the steps up to the first that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentrec.compare.alignment import align
from agentrec.compare.divergence import first_divergence
from agentrec.compare.file_trees import compare_trees
from agentrec.json_values import table
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.compare.alignment import Pair
    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.divergence import Divergence
    from agentrec.compare.file_trees import TreeDifference
    from agentrec.compare.steps import Step
    from agentrec.json_values import JsonObject


@dataclass(frozen=True, slots=True)
class CommandDifference:
    """A command that both runs ran and that ended differently; None where a run never ran it."""

    text: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs and how they differ. It says what is different, not which is better."""

    left: ComparedRun
    right: ComparedRun
    trees: TreeDifference
    pairs: list[Pair]
    divergence: Divergence | None
    commands: list[CommandDifference]

    @property
    def equal_steps(self) -> int:
        """How many steps both have."""
        return sum(None not in pair for pair in self.pairs)

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        return {
            "left": run_data(self.left),
            "right": run_data(self.right),
            "files": self.trees.as_data(),
            "commands": [
                {"text": it.text, "left": it.left, "right": it.right} for it in self.commands
            ],
            "steps": {
                "equal": self.equal_steps,
                "only_left": sum(right is None for _, right in self.pairs),
                "only_right": sum(left is None for left, _ in self.pairs),
            },
            "divergence": self.divergence.as_data() if self.divergence else None,
        }


def compare_runs(left: ComparedRun, right: ComparedRun, env: Mapping[str, str]) -> Comparison:
    """Compare two runs. Between different agents, tools that do the same count as the same."""
    loose = bool(left.agent and right.agent and left.agent != right.agent)
    keys = [[it.loose if loose else it.key for it in run.steps] for run in (left, right)]
    pairs = align(*keys)
    return Comparison(
        left,
        right,
        compare_trees(left, right, env),
        pairs,
        first_divergence(left.steps, right.steps, pairs),
        _commands(left, right),
    )


def _commands(left: ComparedRun, right: ComparedRun) -> list[CommandDifference]:
    a, b = left.commands(), right.commands()
    return [
        CommandDifference(
            text, a[text].how if text in a else None, b[text].how if text in b else None
        )
        for text in sorted(a.keys() | b.keys(), key=lambda text: (a.get(text) or b[text]).t)
        if text not in a or text not in b or _end(a[text]) != _end(b[text])
    ]


def _end(step: Step) -> tuple[bool, int]:
    """How a step ended: some agents report an exit code, others only a failure."""
    return bool(step.failed), step.exit or 0


def run_data(run: ComparedRun) -> JsonObject:
    """A run as a JSON object; times in seconds."""
    return {
        "name": run.name,
        "file": run.path,
        "id": run.header.get("id"),
        "until": run.end / NS_PER_SECOND,
        "agent": run.agent,
        "handoff": run.handoff,
        "models": list(table(run.facts["models"])),
        "exit": run.facts["exit"],
        "ended": run.exit,
        "tests": [
            {"rule": it.rule, "status": it.status, "label": it.label, "t": it.t / NS_PER_SECOND}
            for it in run.tests.values()
        ],
        "figures": run.figures(),
        "steps": len(run.steps),
        "snapshot": run.last.id if run.last else None,
    }
