"""A plan in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from agentrec.branches.worktree_location import GIT
from agentrec.redact import mask_command, mask_text

if TYPE_CHECKING:
    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.environment_diff import ChangedVariable

_MAX_COMMAND_CHARS = 600  # characters of the command line


def describe(plan: BranchPlan) -> list[str]:
    """Lines that say what will happen, each with a word in front. May hold characters of any kind."""
    rows = [
        ("from", _from(plan)),
        ("files", f"{len(plan.contents.files):,} in {plan.worktree}"),
        ("git", _git(plan)),
        ("starts in", plan.cwd if plan.cwd != plan.worktree else ""),
        ("method", f"{plan.method}: {plan.fidelity}"),
        *(("", note) for note in plan.going_on.notes),
        ("message", mask_text(plan.wish.message)),
        ("runs", _runs(plan)),
        ("recorded", plan.wish.out or plan.id),
        *(("differs", _differs(one)) for one in plan.differing),
        ("missing", ", ".join(plan.missing)),
        ("not there", _absent(plan)),
        *(("note", text) for text in plan.warnings),
    ]
    return [line for word, text in rows if text for line in _lines(word, text)]


def _lines(word: str, text: str) -> list[str]:
    """A row; a text of several lines stands below each other."""
    return [f"{'' if number else word:<10} {line}" for number, line in enumerate(text.splitlines())]


def _from(plan: BranchPlan) -> str:
    kept = plan.point.kept
    label = f" ({kept.label})" if kept.label else ""
    return f"{plan.recording} at {kept.id}, {kept.t / 1e9:.1f} s{label}"


def _git(plan: BranchPlan) -> str:
    if plan.base.kind != GIT:
        return ""
    return (
        f"worktree of {plan.base.repository}, new branch {plan.branch} at {plan.base.commit[:12]}"
    )


def _runs(plan: BranchPlan) -> str:
    line = shlex.join(mask_command(plan.argv))
    line = line if len(line) <= _MAX_COMMAND_CHARS else line[: _MAX_COMMAND_CHARS - 1] + "…"
    return line + ("   (without a terminal)" if plan.wish.headless else "")


def _differs(one: ChangedVariable) -> str:
    then = "not set" if one.then is None else one.then
    return f"{one.name}: {then} then, {'not set' if one.now is None else one.now} now"


def _absent(plan: BranchPlan) -> str:
    return f"{', '.join(plan.absent)} (left out of snapshots by rule)" if plan.absent else ""
