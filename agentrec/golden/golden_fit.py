"""Whether a golden run fits what is here: the task, the agent's version, and the files it starts from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, ExitCode
from agentrec.ghost.snapshot_check import differing_files, named
from agentrec.golden.golden_store import same_task
from agentrec.snapshots.model import SnapshotError
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.ghost.ghost_run import GhostPlan
    from agentrec.golden.golden_store import GoldenRun
    from agentrec.snapshots.manifest import Contents


class DoesNotFitError(AgentrecError):
    """A golden run that cannot be played here."""

    code = ExitCode.MISS


def check_task(golden: GoldenRun, task: str) -> None:
    """Raises DoesNotFitError if the golden run is of another task."""
    if task and not same_task(golden.task, task):
        raise DoesNotFitError(
            f"the golden run {golden.name} is of another task: {golden.task}",
            "`agentrec golden list` lists them",
        )


def check_version(golden: GoldenRun, installed: str | None) -> None:
    """Raises DoesNotFitError if the agent that is ``installed`` is of another version than recorded."""
    if golden.version and installed and installed != golden.version:
        raise DoesNotFitError(
            f"the golden run {golden.name} is of {golden.agent} {golden.version}, "
            f"and {installed} is installed",
            "--any-version plays it all the same",
        )


def check_answers(golden: GoldenRun, plan: GhostPlan) -> None:
    """Raises DoesNotFitError if an answer that the agent needs was masked."""
    if plan.masked:
        raise DoesNotFitError(
            f"the golden run {golden.name} cannot be played: "
            f"{plural(len(plan.masked), 'recorded answer')} with a masked secret",
            "record it again without secrets",
        )


def check_files(plan: GhostPlan, env: Mapping[str, str]) -> bool:
    """Whether the plan's directory has to be made; raises DoesNotFitError if other files are in it."""
    start = _start(plan, env)
    try:
        if not os.path.isdir(plan.directory) or not os.listdir(plan.directory):
            return True
        changes = differing_files(plan.directory, start, env)
    except OSError as error:
        raise DoesNotFitError(f"cannot read {plan.directory}: {error.strerror}") from None
    if changes:
        raise DoesNotFitError(
            f"{plan.directory} has other files than the run started from: {', '.join(named(changes))}",
            "--in DIR plays it in a new directory",
        )
    return False


def _start(plan: GhostPlan, env: Mapping[str, str]) -> Contents:
    """The files that the run starts from. Raises DoesNotFitError if they are not known."""
    if plan.snapshot is None:
        raise DoesNotFitError(
            "the recording has no snapshot of the files that the run starts from",
            "`agentrec ghost` plays it with the files that are there",
        )
    try:
        store, snapshot = plan.snapshot.open(env)
        try:
            return store.contents(snapshot)
        finally:
            store.close()
    except SnapshotError as error:
        raise DoesNotFitError(f"the files that the run starts from are not here: {error}") from None
