"""Making a branch: directory, files, conversation; and the command that runs the child.

Whatever is made is written down first, so that nothing stays of a branch that could not be made whole.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.agents.resume.resume import discard
from agentrec.branches import worktree
from agentrec.branches.journal import BranchJournal, TakenError
from agentrec.branches.planner import named_anew
from agentrec.branches.worktree_location import GIT
from agentrec.errors import OutputError
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.snapshots.restore.checkout import checkout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.journal import Claim

_TRIES = 5


class CreatedBranch(NamedTuple):
    """A branch that is there: its plan (the name may have changed) and the journal's file."""

    plan: BranchPlan
    journal: str


class ChildCommand(NamedTuple):
    """What runs the child and records it. ``env`` is all of its environment."""

    argv: list[str]
    env: dict[str, str]
    cwd: str


def create_branch(plan: BranchPlan) -> CreatedBranch:
    """Make what ``plan`` says and close its store. Raises AgentrecError; then nothing is left of it."""
    journal = BranchJournal(plan.env)
    try:
        with journal.lock():
            _sweep(journal)
        for _ in range(_TRIES):
            try:
                return _make(journal, plan)
            except TakenError:
                plan = named_anew(plan)
        raise OutputError("others take every name at the same moment", "try again")
    finally:
        plan.store.close()


def child_command(made: CreatedBranch) -> ChildCommand:
    """The command that runs the child in its directory and records it."""
    plan = made.plan
    options = ["--parent", made.journal]
    options += ["--headless"] if plan.wish.headless else []
    options += ["--redact"] if plan.header.get("redact") is True else []
    options += ["-o", os.path.abspath(plan.wish.out)] if plan.wish.out else []
    argv = [sys.executable, "-P", "-m", "agentrec", "record", *options, "--", *plan.argv]
    return ChildCommand(argv, {**plan.env, **plan.going_on.env, "PWD": plan.cwd}, plan.cwd)


def remove_unfinished(env: Mapping[str, str]) -> list[str]:
    """Remove what killed processes left half made; returns the ids."""
    journal = BranchJournal(env)
    if not os.path.isdir(journal.folder):
        return []
    with journal.lock():
        return _sweep(journal)


def remove_tree(folder: str) -> None:
    """Remove a directory with everything in it, also where permissions forbid it. Raises OSError."""
    for place, _, _ in os.walk(folder):
        mode = os.lstat(place).st_mode
        if mode & 0o700 != 0o700:
            os.chmod(place, mode & 0o7777 | 0o700)
    shutil.rmtree(folder)


def _make(journal: BranchJournal, plan: BranchPlan) -> CreatedBranch:
    with journal.lock():
        claim = journal.claim(_entry(plan))
    try:
        _folder(plan, claim)
        if plan.base.kind == GIT:
            with journal.lock():
                _worktree(plan, claim)
        for path, why in checkout(plan.store, plan.snapshot, plan.worktree):
            raise OutputError(f"{path} could not be written: {why}")
        plan.going_on.prepare()
        return CreatedBranch(plan, claim.finish())
    except BaseException:
        with journal.lock():
            _undo(claim)
        raise


def _entry(plan: BranchPlan) -> dict[str, Any]:
    return {
        "version": 1,
        "id": plan.id,
        "created": time.time_ns(),
        "parent": plan.parent,
        "snapshot": {"store": plan.store.name, "commit": plan.snapshot.commit},
        "kind": plan.base.kind,
        "repository": plan.base.repository,
        "commit": plan.base.commit,
        "branch": plan.branch,
        "worktree": plan.worktree,
        "cwd": plan.cwd,
        "copies": plan.going_on.files,
        "out": os.path.abspath(plan.wish.out) if plan.wish.out else "",
    }


def _folder(plan: BranchPlan, claim: Claim) -> None:
    """The directory, as open to others as the workspace is. Raises TakenError, OutputError."""
    path = plan.worktree
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.mkdir(path, 0o700)
        status = os.lstat(path)
        claim.note({"folder": [status.st_dev, status.st_ino]})
        try:
            os.chmod(path, os.stat(plan.snapshot.workspace).st_mode & 0o777 | 0o700)
        except FileNotFoundError:
            return  # the workspace is gone
    except FileExistsError:
        claim.entry["worktree"] = ""  # it is not ours to remove
        if plan.wish.worktree:
            raise OutputError(f"{path} exists by now", "name another directory") from None
        raise TakenError(f"{path} exists") from None
    except OSError as error:
        raise OutputError(f"cannot make {path}: {error.strerror}") from None


def _worktree(plan: BranchPlan, claim: Claim) -> None:
    name = f"refs/heads/{plan.branch}"
    if query_repository(plan.base.repository, "show-ref", "--verify", "--quiet", name) is not None:
        claim.entry["branch"] = ""  # it is not ours to remove
        raise TakenError(f"there is a branch {plan.branch} already")
    claim.note({"adding": True})
    worktree.add(plan.base.repository, plan.worktree, plan.branch, plan.base.commit, claim.fd)
    worktree.leave_sparse(plan.base.repository, plan.worktree, plan.contents.files)


def _sweep(journal: BranchJournal) -> list[str]:
    found = []
    for claim in journal.killed():
        if os.path.exists(journal.path(claim.name)):
            claim.drop()  # killed when everything was there
            continue
        _undo(claim)
        found.append(claim.name)
    return found


def _undo(claim: Claim) -> None:
    """Remove whatever there is of a branch that was not made whole."""
    entry = claim.entry
    discard(entry.get("copies", ()))
    path, folder = str(entry.get("worktree", "")), entry.get("folder")
    try:
        status = os.lstat(path)
        if folder == [status.st_dev, status.st_ino]:
            remove_tree(path)
        elif "folder" not in entry:
            os.rmdir(path)  # made, and killed before that was written down
    except OSError:
        pass  # it is not there, or not ours
    if entry.get("adding"):
        worktree.remove(str(entry["repository"]), path, str(entry["branch"]))
    claim.drop()
