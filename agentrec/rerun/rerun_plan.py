"""The runs that a rerun will make: names that nobody has, and a branch plan for each. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.create import create_branch
from agentrec.branches.journal import BranchJournal, TakenError, parent_of
from agentrec.branches.planner import plan_branch
from agentrec.json_values import text
from agentrec.recording.reader import Recording
from agentrec.redact import mask_text
from agentrec.rerun.variation import branch_request, label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from agentrec.branches.branch_plan import BranchPlan, BranchRequest
    from agentrec.branches.create import CreatedBranch
    from agentrec.json_values import JsonObject
    from agentrec.rerun.recorded_task import RecordedTask
    from agentrec.rerun.variation import Variation

_START = "first"  # the snapshot that a rerun starts with
_MAX_ATTEMPTS = 10_000  # for all names of one call


class PlannedRun(NamedTuple):
    """One run as it will be. ``plan`` is closed: it is for showing."""

    name: str
    task: RecordedTask
    variation: Variation
    plan: BranchPlan
    estimate: float | None

    @property
    def label(self) -> str:
        return label(self.task, self.variation)


class RerunRequest(NamedTuple):
    """The tasks, how each is varied, how often, and the group that all runs belong to.

    ``stem`` is what the runs are called in front of ``-rerun-1``; empty for each task's own name.
    """

    tasks: Sequence[RecordedTask]
    variations: Sequence[Variation]
    times: int
    group: str
    stem: str = ""

    def runs(self) -> Iterator[tuple[RecordedTask, Variation]]:
        """All runs, the tasks one after the other."""
        for task in self.tasks:
            for variation in self.variations:
                for _ in range(self.times):
                    yield task, variation


def plan_runs(
    request: RerunRequest, taken: Collection[str], env: Mapping[str, str]
) -> list[PlannedRun]:
    """Plan every run. ``taken`` are names of earlier runs. Raises AgentrecError."""
    names = _Names(taken, env)
    planned = []
    for task, variation in request.runs():
        stem = request.stem or task.slug
        name, plan = _free_plan(request.group, task, variation, stem, names, env)
        plan.close()
        estimate = task.estimate(variation.model)
        planned.append(PlannedRun(name, task, variation, plan, estimate))
    return planned


def _free_plan(
    group: str,
    task: RecordedTask,
    variation: Variation,
    stem: str,
    names: _Names,
    env: Mapping[str, str],
) -> tuple[str, BranchPlan]:
    """A plan with the first name whose directory and git branch are free, too."""
    while True:
        name = names.next(stem)
        try:
            return name, _plan(group, task, variation, name, env)
        except TakenError:
            if names.attempts > _MAX_ATTEMPTS:
                raise


def create_run(
    group: str, run: PlannedRun, taken: Collection[str], env: Mapping[str, str]
) -> CreatedBranch:
    """Make directory and git branch of a run. Raises AgentrecError; then nothing is left of it.

    Another process may have taken its name since: then it gets the next one.
    """
    names = _Names({*taken, run.name}, env)
    name = run.name
    while True:
        try:
            return create_named(group, name, run.task, run.variation, env)
        except TakenError:
            if names.attempts > _MAX_ATTEMPTS:
                raise
            name = names.next(name.rpartition("-rerun-")[0])


def create_named(
    group: str, name: str, task: RecordedTask, variation: Variation, env: Mapping[str, str]
) -> CreatedBranch:
    """Make directory and git branch of a run of that name. Raises AgentrecError, TakenError."""
    return create_branch(_plan(group, task, variation, name, env))


def _plan(
    group: str, task: RecordedTask, variation: Variation, name: str, env: Mapping[str, str]
) -> BranchPlan:
    about: JsonObject = {
        "group": group,
        "name": name,
        "variation": label(task, variation),
        "task": mask_text(task.prompt),
    }
    request: BranchRequest = branch_request(task, variation, name, about)
    with Recording.open(task.file) as recording:
        return plan_branch(recording, _START, request, env=env)


class _Names:
    """Hands out ``<task>-rerun-<n>``."""

    def __init__(self, taken: Collection[str], env: Mapping[str, str]) -> None:
        entries = BranchJournal(env).all()
        self.attempts = 0
        self._taken = {*taken, *(text(parent_of(entry).get("name")) for entry in entries)}

    def next(self, stem: str) -> str:
        self.attempts += 1
        number = 1
        while f"{stem}-rerun-{number}" in self._taken:
            number += 1
        self._taken.add(f"{stem}-rerun-{number}")
        return f"{stem}-rerun-{number}"
