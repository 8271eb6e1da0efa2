"""A transaction's work as a commit, merged with its base branch. No file and no branch is changed here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.worktree import run_git
from agentrec.errors import AgentrecError, OutputError, UsageError
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.transactions.base_index import git_folder, private_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

_GITLINK = b"160000"
_CHANGES = ("diff-index", "--cached", "-z", "--no-renames", "--no-ext-diff", "HEAD")
_BASE_STAGE, _OURS_STAGE, _THEIRS_STAGE = "1", "2", "3"
_MAX_SHOWN_BYTES = 1 << 20
_IDENTITY = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
_MAX_NAMED = 5
_SIDE = "the transaction"


class Conflict(NamedTuple):
    """A file that both sides changed: its text on the base branch, in the transaction, and before both.

    Empty where the file is not there. ``merged`` has both sides with conflict markers, if git wrote them.
    """

    path: str
    base: str
    transaction: str
    before: str
    merged: str

    def as_json(self) -> JsonObject:
        return {**self._asdict()}


class ConflictError(AgentrecError):
    """The base branch and the transaction changed the same lines. Nothing was merged."""

    def __init__(self, conflicts: list[Conflict], branch: str, tree: str) -> None:
        names = ", ".join(one.path for one in conflicts[:_MAX_NAMED])
        more = f" and {len(conflicts) - _MAX_NAMED} more" if conflicts[_MAX_NAMED:] else ""
        super().__init__(
            f"cannot merge into {branch}: conflicts in {names}{more}",
            f"run `git merge {branch}` in {tree}, resolve it and commit it there; then commit again",
        )
        self.conflicts = conflicts


class Merge(NamedTuple):
    """How the base branch moves, from the commit ``old`` to ``new``; equal if there is nothing to merge."""

    old: str
    new: str


def commit_worktree(tree: str, branch: str, message: str, keep: int) -> str:
    """Commit everything in the worktree that git does not ignore, on its branch; returns the commit.

    It is the commit that is checked out if nothing has changed. Raises UsageError, GitError.
    """
    folder = git_folder(tree)
    for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"):
        if os.path.exists(os.path.join(folder, name)):
            raise UsageError(
                f"a merge or rebase is not completed in {tree}", "complete or abort it with git"
            )
    head = rev(tree, "HEAD")
    with private_index(tree) as index:
        env = {"GIT_INDEX_FILE": index.path}
        run_git(tree, ["add", "--all", "--sparse"], keep, env=env)
        _check_repositories(tree, run_git(tree, _CHANGES, keep, env=env)[1])
        files = _line(run_git(tree, ["write-tree"], keep, env=env))
        commit = head
        if files != rev(tree, "HEAD^{tree}"):
            commit = _commit(tree, files, [head], message, keep)
        run_git(tree, ["update-ref", f"refs/heads/{branch}", commit], keep)
        os.replace(index.path, index.real)
    return commit


def _check_repositories(tree: str, changes: bytes) -> None:
    """Raise UsageError if a repository of its own was made in the worktree: its files would be lost."""
    parts = changes.split(b"\0")
    added = {
        os.fsdecode(path)
        for about, path in zip(parts[::2], parts[1::2], strict=False)
        if about.split(b" ")[1] == _GITLINK
    }
    known = query_repository(tree, "config", "--file", ".gitmodules", "--get-regexp", r"\.path$")
    modules = {
        line.partition(" ")[2] for line in (known or b"").decode(errors="replace").splitlines()
    }
    for path in sorted(added - modules):
        raise UsageError(
            f"cannot merge {path}: it is a git repository of its own",
            f"remove {os.path.join(tree, path, '.git')}, or have git ignore {path}",
        )


def plan_merge(
    repository: str, base: str, commit: str, message: str, keep: int, tree: str
) -> Merge:
    """Merge ``commit`` with the branch ``base`` as it is now. Raises ConflictError, GitError, UsageError."""
    old = rev(repository, f"refs/heads/{base}")
    if _is_ancestor(repository, commit, old):
        return Merge(old, old)
    if _is_ancestor(repository, old, commit):
        return Merge(old, commit)
    words = ["merge-tree", "--write-tree", "-z", "--no-messages", old, commit]
    status, answer = run_git(repository, words, keep, ok=(0, 1))
    files, _, listed = answer.partition(b"\0")
    if status:
        # git names the sides in its conflict markers as they were given.
        names = {f"< {old}": f"< {base}", f"> {commit}": f"> {_SIDE}"}
        raise ConflictError(_conflicts(repository, files.decode(), listed, names), base, tree)
    title = f"Merge into {base}: {message}"
    return Merge(old, _commit(repository, files.decode(), [old, commit], title, keep))


def rev(folder: str, name: str) -> str:
    """The object that ``name`` names. Raises UsageError if there is none."""
    answer = query_repository(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", name)
    if answer is None:
        raise UsageError(f"there is no {name} in {folder}")
    return answer.decode().strip()


def _is_ancestor(repository: str, old: str, new: str) -> bool:
    return query_repository(repository, "merge-base", "--is-ancestor", old, new) is not None


def _commit(folder: str, files: str, parents: list[str], message: str, keep: int) -> str:
    words = [word for parent in parents for word in ("-p", parent)]
    command = ["commit-tree", files, *words]
    env = _identity(folder)
    return _line(run_git(folder, command, keep, message.encode(errors="replace"), env))


def _identity(folder: str) -> Mapping[str, str]:
    """Who commits: the user, as git knows them, else agentrec."""
    named = {name: os.environ[name] for name in _IDENTITY if os.environ.get(name)}
    if query_repository(folder, "config", "user.email") is None:
        ours = dict(zip(_IDENTITY, ("agentrec", "agentrec@localhost") * 2, strict=True))
        return ours | named
    return named


def _conflicts(
    repository: str, files: str, listed: bytes, names: Mapping[str, str]
) -> list[Conflict]:
    """From the lines of ``merge-tree -z``: mode, object and stage of each side of each path.

    ``names``: what conflict markers say instead of what git has written.
    """
    sides: dict[str, dict[str, str]] = {}
    for line in listed.split(b"\0"):
        about, tab, raw = line.partition(b"\t")
        if tab:
            _, sha, stage = about.decode().split(" ")
            sides.setdefault(os.fsdecode(raw), {})[stage] = sha
    return [
        Conflict(
            path,
            base=_blob(repository, stages.get(_OURS_STAGE)),
            transaction=_blob(repository, stages.get(_THEIRS_STAGE)),
            before=_blob(repository, stages.get(_BASE_STAGE)),
            merged=_renamed(_blob(repository, f"{files}:{path}"), names),
        )
        for path, stages in sorted(sides.items())
    ]


def _renamed(merged: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        merged = merged.replace(old, new)
    return merged


def _blob(repository: str, name: str | None) -> str:
    raw = query_repository(repository, "cat-file", "blob", name) if name else None
    return (raw or b"")[:_MAX_SHOWN_BYTES].decode(errors="replace")


def _line(answer: tuple[int, bytes]) -> str:
    line = answer[1].decode().strip()
    if not line:
        raise OutputError("git printed nothing")
    return line
