"""Where a branch goes: a git worktree or a plain directory, its id, path, git branch and starting commit."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches import worktree
from agentrec.branches.journal import BranchJournal, TakenError
from agentrec.config import data_home
from agentrec.errors import OutputError, UsageError
from agentrec.recording_registry import new_id
from agentrec.snapshots.gitstore.git import query_repository

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT, PLAIN = "git", "plain"
BRANCH_PREFIX = "agentrec/"
WORKTREES_FOLDER = "worktrees"  # in the data directory
_MAX_ATTEMPTS = 5
# Several branches of a recording may be made in the same second.
_ID_RANDOM_BYTES = 4


class StartingPoint(NamedTuple):
    """What the files are put on top of: a commit of a repository, or nothing (``kind`` is plain).

    ``repository`` is the workspace whose repository gets the worktree; ``note`` says what is unusual.
    """

    kind: str
    repository: str
    commit: str
    note: str


class Location(NamedTuple):
    """The id of a branch, the directory that is made for it, and its git branch ("" for none).

    None of them existed when they were chosen. ``note`` says why the directory is in an unusual place.
    """

    id: str
    worktree: str
    branch: str
    note: str


def starting_point(workspace: str, head: str) -> StartingPoint:
    """``workspace`` as a git repository at the commit ``head`` ("" when it is not known)."""
    if not _is_repository_root(workspace):
        broken = os.path.lexists(os.path.join(workspace, ".git"))
        note = "git cannot use the repository of the workspace: creating a plain directory"
        return StartingPoint(PLAIN, "", "", note if broken else "")
    now = _commit(workspace, "HEAD")
    if head and (recorded := _commit(workspace, head)):
        return StartingPoint(GIT, workspace, recorded, "")
    if not now:
        note = "the repository has no commits yet: creating a plain directory"
        return StartingPoint(PLAIN, "", "", note)
    why = "is no longer in the repository" if head else "was not recorded"
    note = f"the commit of that time {why}: the branch starts at HEAD"
    return StartingPoint(GIT, workspace, now, note)


def commit_point(workspace: str, ref: str) -> StartingPoint:
    """The commit that ``ref`` names in the repository of ``workspace``. Raises UsageError."""
    if not _is_repository_root(workspace):
        raise UsageError(
            f"cannot start at {ref}: {workspace} is not the top of a git repository",
            "leave out --base-ref to start with the files of the first snapshot",
        )
    options = ("--verify", "--quiet", "--end-of-options")
    answer = query_repository(workspace, "rev-parse", *options, ref + "^{commit}")
    if not answer:
        raise UsageError(f"{workspace} has no commit {ref}", "name a branch, a tag or a commit")
    return StartingPoint(GIT, workspace, answer.decode().strip(), "")


def _is_repository_root(workspace: str) -> bool:
    if not os.path.isdir(workspace):
        return False
    top = query_repository(workspace, "rev-parse", "--show-toplevel")
    if top is None:
        return False
    return os.path.realpath(os.fsdecode(top.rstrip(b"\n"))) == os.path.realpath(workspace)


def _commit(repository: str, name: str) -> str:
    if not re.fullmatch(r"HEAD|[0-9a-f]{40,64}", name):
        return ""
    options = ("--verify", "--quiet", "--end-of-options")
    answer = query_repository(repository, "rev-parse", *options, name + "^{commit}")
    return answer.decode().strip() if answer else ""


def choose_location(
    requested: str,
    workspace: str,
    project: str,
    program: str,
    start: StartingPoint,
    env: Mapping[str, str],
    name: str = "",
) -> Location:
    """A new id with a directory and a git branch that nobody has. Nothing is written.

    ``requested`` is a directory that the user named, or empty. ``name`` is what the work is called; else the
    id is its name. Raises UsageError if the directory cannot be used, OutputError if all names are taken,
    TakenError if ``name`` is.
    """
    folder, note = ("", "") if requested else _default_folder(workspace, env)
    fixed = _checked(os.path.abspath(os.path.expanduser(requested)), workspace) if requested else ""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", project).strip(".-")[:60] or "work"
    journal = BranchJournal(env)
    for _ in range(_MAX_ATTEMPTS):
        new = new_id(program, random_bytes=_ID_RANDOM_BYTES)
        path = fixed or os.path.join(folder, f"{stem}-{name or new}")
        branch = BRANCH_PREFIX + (name or new) if start.kind == GIT else ""
        if journal.has(new) or (not fixed and os.path.lexists(path)):
            continue
        if not branch or not worktree.branch_exists(start.repository, branch):
            return Location(new, path, branch, note)
    if name:
        raise TakenError(f"{path} or the git branch {branch} already exists", "use another --name")
    raise OutputError(
        f"could not find a free branch name after {_MAX_ATTEMPTS} attempts", "try again"
    )


def _default_folder(workspace: str, env: Mapping[str, str]) -> tuple[str, str]:
    """The folder for new directories, and a note if it is not beside the workspace.

    Beside the workspace, where ``git worktree add ../name`` puts it too, relative paths such as
    ``../library`` still work. If it cannot be there, it is in the data directory.
    """
    beside = os.path.dirname(workspace)
    why = _why_not_in(beside)
    if not why:
        return beside, ""
    return os.path.join(data_home(env), WORKTREES_FOLDER), f"not beside the workspace: {why}"


def _why_not_in(folder: str) -> str:
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written"
    inside = query_repository(folder, "rev-parse", "--is-inside-work-tree")
    return f"{folder} is in another repository" if inside == b"true\n" else ""


def _checked(path: str, workspace: str) -> str:
    """The real path of a directory to be made."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if os.path.commonpath((real, workspace)) == workspace:
        raise UsageError(
            f"{path} is inside the workspace",
            "later snapshots would include it; choose a directory outside",
        )
    if os.path.lexists(path):
        raise UsageError(f"{path} already exists", "choose a directory that does not exist")
    return real
