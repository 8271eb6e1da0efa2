"""Begins a transaction: a worktree on a git branch of its own, at the commit that is checked out."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches import worktree
from agentrec.branches.create import add_worktree, make_directory, remove_killed, undo_claim
from agentrec.branches.worktree_location import GIT, StartingPoint, choose_location
from agentrec.errors import UsageError
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.transactions.transaction_log import OPEN, TransactionLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.journal import Claim
    from agentrec.branches.worktree_location import Location
    from agentrec.json_values import JsonObject

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")
_ELSEWHERE = "`agentrec snapshot` and `agentrec restore` work in any directory"


class BaseBranch(NamedTuple):
    """What a transaction starts from: the top of a repository, its git directory, and a branch."""

    repository: str
    common: str
    branch: str
    commit: str


def base_branch(folder: str) -> BaseBranch:
    """The branch that is checked out around ``folder``. Raises UsageError if there is none."""
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise UsageError(f"{folder} is not a directory")
    if (top := _ask(folder, "rev-parse", "--show-toplevel")) is None:
        raise UsageError(
            f"{folder} is not in the files of a git repository",
            f"`git init` makes one; {_ELSEWHERE}",
        )
    common = _ask(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")
    ref = _ask(folder, "symbolic-ref", "--quiet", "HEAD")
    commit = _ask(folder, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    if commit is None:
        raise UsageError(f"{top} has no commit yet", "commit something first")
    if ref is None or not ref.startswith("refs/heads/"):
        raise UsageError(f"{top} has no branch checked out", "`git switch BRANCH` first")
    return BaseBranch(top, os.path.realpath(common or ""), ref.removeprefix("refs/heads/"), commit)


def begin(folder: str, name: str, env: Mapping[str, str]) -> str:
    """Begin a transaction on the branch that is checked out in ``folder``; returns its id.

    Raises AgentrecError; then nothing is left of it.
    """
    if name and not _NAME.fullmatch(name):
        raise UsageError(f"invalid name {name!r}", "use letters, digits, dashes and underscores")
    base = base_branch(folder)
    start = StartingPoint(GIT, base.repository, base.commit, "")
    project = os.path.basename(base.repository)
    log = TransactionLog(env)
    with log.lock():
        remove_killed(log)
        log.forget_pruned(env)
        place = choose_location("", base.repository, project, "tx", start, env, name)
        claim = log.claim(_entry(base, place, name, env))
    try:
        make_directory(place.worktree, base.repository, claim)
        with log.lock():
            remove_killed(log)  # those that were killed since
            _make(base, place, claim)
        os.makedirs(log.folder_of(place.id), mode=0o700, exist_ok=True)
        claim.finish()
    except BaseException:
        with log.lock():
            undo_claim(claim)
        raise
    return place.id


def uncommitted(repository: str) -> int:
    """How many files of the user's differ from the commit, or are new: the transaction has them not."""
    status = query_repository(repository, "status", "--porcelain", "-z", "--no-renames")
    return (status or b"").count(b"\0")


def _make(base: BaseBranch, place: Location, claim: Claim) -> None:
    path = place.worktree
    add_worktree(base.repository, path, place.branch, base.commit, claim)
    worktree.leave_sparse(base.repository, path, ())
    worktree.check_out(path, claim.fd)


def _entry(base: BaseBranch, place: Location, name: str, env: Mapping[str, str]) -> JsonObject:
    recording = env.get("AGENTREC_SESSION", "")
    return {
        "version": 1,
        "id": place.id,
        "name": name,
        "created": time.time_ns(),
        "parent": {"id": recording} if recording else {},
        "state": OPEN,
        "repository": base.repository,
        "common": base.common,
        "base": base.branch,
        "commit": base.commit,
        "branch": place.branch,
        "worktree": place.worktree,
    }


def _ask(folder: str, *words: str) -> str | None:
    answer = query_repository(folder, *words)
    return None if answer is None else os.fsdecode(answer.removesuffix(b"\n"))
