"""Where a branch goes: a git worktree or a plain directory, its path, branch and starting commit."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import data_home
from agentrec.errors import UsageError
from agentrec.snapshots.gitstore.git import query_repository

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT, PLAIN = "git", "plain"
BRANCH_PREFIX = "agentrec/"  # of the branches
WORKTREES_FOLDER = "worktrees"  # in the data directory


class StartingPoint(NamedTuple):
    """What the files go on from. Of a plain directory ``commit`` is empty, and ``why`` may say why.

    ``repository`` is the workspace whose repository gets the worktree; ``note`` tells what is odd.
    """

    kind: str
    repository: str
    commit: str
    note: str


def starting_point(workspace: str, head: str) -> StartingPoint:
    """``workspace`` as a git repository at the commit ``head`` ("" when it is not known)."""
    top = (
        query_repository(workspace, "rev-parse", "--show-toplevel")
        if os.path.isdir(workspace)
        else None
    )
    if top is None or os.path.realpath(os.fsdecode(top.rstrip(b"\n"))) != os.path.realpath(
        workspace
    ):
        there = os.path.lexists(os.path.join(workspace, ".git"))
        note = "git cannot work with the workspace's repository: a plain directory is made"
        return StartingPoint(PLAIN, "", "", note if there else "")
    now = _commit(workspace, "HEAD")
    if head and (then := _commit(workspace, head)):
        return StartingPoint(GIT, workspace, then, "")
    if not now:
        return StartingPoint(
            PLAIN, "", "", "the repository has no commit yet: a plain directory is made"
        )
    why = "is not in the repository any more" if head else "was not recorded"
    return StartingPoint(
        GIT, workspace, now, f"the commit of that time {why}: the branch starts from HEAD"
    )


def _commit(repository: str, name: str) -> str:
    if not re.fullmatch(r"HEAD|[0-9a-f]{40,64}", name):
        return ""
    said = query_repository(
        repository, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"
    )
    return said.decode().strip() if said else ""


def worktree_for(
    asked: str, workspace: str, project: str, name: str, env: Mapping[str, str]
) -> tuple[str, str]:
    """The path of the new directory and a word about it. Raises UsageError for one that cannot be.

    Beside the workspace, where ``git worktree add ../name`` puts it too, so that paths like
    ``../library`` lead where they led; in the data directory where that cannot be.
    """
    if asked:
        return _checked(os.path.abspath(os.path.expanduser(asked)), workspace), ""
    beside = os.path.dirname(workspace)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", project).strip(".-")[:60]
    folder = f"{plain or 'work'}-{name}"
    why = _why_not_beside(beside)
    if not why:
        return os.path.join(beside, folder), ""
    return os.path.join(
        data_home(env), WORKTREES_FOLDER, folder
    ), f"not beside the workspace: {why}"


def _why_not_beside(folder: str) -> str:
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written"
    around = query_repository(folder, "rev-parse", "--is-inside-work-tree")
    return f"{folder} is in another repository" if around == b"true\n" else ""


def _checked(path: str, workspace: str) -> str:
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if os.path.commonpath((real, workspace)) == workspace:
        raise UsageError(
            f"{path} is inside the workspace", "later snapshots would hold it; name one outside"
        )
    if os.path.lexists(path):
        raise UsageError(f"{path} exists", "name a directory that does not")
    return real
