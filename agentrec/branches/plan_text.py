"""A plan in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from agentrec.branches.worktree_location import GIT
from agentrec.redact import mask_command, mask_text
from agentrec.text import plural

if TYPE_CHECKING:
    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.environment_diff import ChangedVariable

# The longest word in front of a row.
WORD_COLUMNS = 10
_MAX_COMMAND_CHARS = 600


def plan_rows(plan: BranchPlan) -> list[tuple[str, str]]:
    """What will happen: a word that says what a row is about, and its text, which may have several lines.

    The text may hold characters of any kind.
    """
    rows = [
        ("from", _from(plan)),
        ("files", f"{len(plan.origin.contents.files):,} in {plan.worktree}"),
        ("git", _git(plan)),
        ("starts in", plan.cwd if plan.cwd != plan.worktree else ""),
        ("method", "\n".join([f"{plan.method}: {plan.fidelity}", *plan.resumption.notes])),
        ("message", mask_text(plan.request.message)),
        ("runs", _runs(plan)),
        ("recorded", plan.request.out or plan.id),
        ("encrypted", f"to {plural(len(plan.recipients), 'key')}" if plan.recipients else ""),
        *(("differs", _changed(variable)) for variable in plan.environment.variables),
        ("missing", ", ".join(plan.environment.missing)),
        ("not there", _left_out(plan)),
        *(("note", warning) for warning in plan.warnings),
    ]
    return [(word, text) for word, text in rows if text]


def plan_lines(plan: BranchPlan) -> list[str]:
    """The rows as lines of text; more lines of a text stand below its first."""
    return [
        f"{'' if number else word:<{WORD_COLUMNS}} {line}"
        for word, text in plan_rows(plan)
        for number, line in enumerate(text.splitlines())
    ]


def _from(plan: BranchPlan) -> str:
    recorded = plan.point.recorded
    label = f" ({recorded.label})" if recorded.label else ""
    return f"{plan.origin.recording} at {recorded.id}, {recorded.t / 1e9:.1f} s{label}"


def _git(plan: BranchPlan) -> str:
    start = plan.start
    if start.kind != GIT:
        return ""
    return f"worktree of {start.repository}, new branch {plan.branch} at {start.commit[:12]}"


def _runs(plan: BranchPlan) -> str:
    line = shlex.join(mask_command(plan.argv))
    if len(line) > _MAX_COMMAND_CHARS:
        line = line[: _MAX_COMMAND_CHARS - 1] + "…"
    return line + ("   (without a terminal)" if plan.request.headless else "")


def _changed(variable: ChangedVariable) -> str:
    then = "not set" if variable.then is None else variable.then
    now = "not set" if variable.now is None else variable.now
    return f"{variable.name}: {then} then, {now} now"


def _left_out(plan: BranchPlan) -> str:
    names = ", ".join(plan.environment.left_out)
    return f"{names} (left out of snapshots by rule)" if names else ""
