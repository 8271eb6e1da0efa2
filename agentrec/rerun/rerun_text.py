"""A rerun in words and as JSON, before it is made."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from agentrec.compare.comparison_text import columns
from agentrec.redact import mask_command, mask_text
from agentrec.report.event_text import dollars
from agentrec.text import plural, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.rerun.rerun_plan import PlannedRun

_MAX_CHARS = 100
_MAX_COMMAND_CHARS = 400


def plan_lines(group: str, runs: Sequence[PlannedRun]) -> Iterator[str]:
    """What would be run, and where."""
    yield printable(f"group     {group}: {plural(len(runs), 'run')}")
    for task in dict.fromkeys(run.task.file for run in runs):
        yield from _task_lines(next(run for run in runs if run.task.file == task))
    yield ""
    head = ("run", "what", "directory", "estimate")
    rows = [(run.name, run.label, run.plan.worktree, _cost(run.estimate)) for run in runs]
    yield from columns([head, *rows], limit=_MAX_CHARS)
    yield ""
    for words in dict.fromkeys(_command(run) for run in runs):
        yield printable(f"runs      {words}")
    for note in dict.fromkeys(note for run in runs for note in notes_of(run)):
        yield printable(f"note      {note}")
    yield f"estimate  {estimate_text(runs)}"


def _task_lines(run: PlannedRun) -> Iterator[str]:
    plan, task = run.plan, run.task
    files = f"{plural(len(plan.origin.contents.files), 'file')} of {plan.point.recorded.id}"
    yield printable(f"from      {task.shown}, {files}{_start(run)}")
    if task.prompt:
        yield printable(f"prompt    {shorten(mask_text(task.prompt), _MAX_CHARS)}")


def _start(run: PlannedRun) -> str:
    base = run.variation.base_ref
    commit = run.plan.start.commit[:12]
    return f"; starts at {base} ({commit})" if base else f", commit {commit}" if commit else ""


def _command(run: PlannedRun) -> str:
    return shorten(shlex.join(mask_command(run.plan.argv)), _MAX_COMMAND_CHARS)


def notes_of(run: PlannedRun) -> Iterator[str]:
    """What is different from the recorded run and was not asked for."""
    yield from run.task.notes
    yield from run.plan.warnings
    yield from run.plan.resumption.notes
    if run.task.prompts > 1 and not run.variation.prompt and run.task.is_agent:
        yield f"{run.task.prompts} prompts were given in {run.task.shown}: only the first is given again"
    other = os.path.basename(run.plan.argv[0])
    if run.task.is_agent and other != run.task.program:
        yield f"options of the recorded {run.task.program} are not passed to {other}: use --option"
    if run.plan.environment.missing:
        yield f"missing: {', '.join(run.plan.environment.missing)}"


def estimate_text(runs: Sequence[PlannedRun]) -> str:
    """The sum of the estimates, in words."""
    known = [run.estimate for run in runs if run.estimate is not None]
    if not known:
        return "not known: the recorded runs have no cost"
    without = len(runs) - len(known)
    more = f", without {plural(without, 'run')} whose cost is not known" if without else ""
    return f"{dollars(sum(known))} if each takes the tokens of the recorded run{more}"


def plan_data(group: str, runs: Sequence[PlannedRun]) -> JsonObject:
    """The same as a JSON object; secrets that can be recognized are masked."""
    known = [run.estimate for run in runs if run.estimate is not None]
    return {
        "group": group,
        "estimate_usd": round(sum(known), 6) if known else None,
        "runs": [_run_data(run) for run in runs],
    }


def _run_data(run: PlannedRun) -> JsonObject:
    return {
        "name": run.name,
        "variation": run.label,
        "agent": run.variation.agent or run.task.program,
        "model": run.variation.model or next(iter(run.task.models), ""),
        "estimate_usd": run.estimate,
        "original": {"id": run.task.id, "file": run.task.shown},
        "plan": run.plan.as_json(),
    }


def _cost(estimate: float | None) -> str:
    return dollars(estimate) or "not known"
