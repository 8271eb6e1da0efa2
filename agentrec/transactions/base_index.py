"""The index of a worktree: a private copy to work on, and git's lock on it in a way that says whose it is."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.worktree import branch_lock
from agentrec.errors import OutputError
from agentrec.snapshots.gitstore.git import query_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PRIVATE = ".agentrec"
_LOCK_TIMEOUT_SECONDS = 20.0
_LOCK_POLL_SECONDS = 0.05


class PrivateIndex(NamedTuple):
    """``path`` is a copy of the index at ``real``."""

    path: str
    real: str


def git_folder(tree: str) -> str:
    """The git directory of a worktree. Raises OutputError."""
    answer = query_repository(tree, "rev-parse", "--absolute-git-dir")
    if answer is None:
        raise OutputError(f"git cannot use {tree}")
    return os.fsdecode(answer.removesuffix(b"\n"))


def ref_locks(common: str, branches: Iterable[str], trees: Iterable[str]) -> list[str]:
    """The lock files of branches of the repository in ``common``, and of HEAD in worktrees of it."""
    folders = [git_folder(tree) for tree in trees if tree and os.path.isdir(tree)]
    heads = [os.path.join(folder, "HEAD.lock") for folder in folders]
    return [branch_lock(common, branch) for branch in branches] + heads


@contextmanager
def private_index(tree: str) -> Iterator[PrivateIndex]:
    """A copy of a worktree's index, which takes the place of that index if it is renamed to it.

    Only one at a time for a worktree. Raises OutputError.
    """
    real = os.path.join(git_folder(tree), "index")
    path = real + _PRIVATE
    try:
        _remove(path, path + ".lock")  # of a process that was killed
        if os.path.exists(real):
            shutil.copy2(real, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    try:
        yield PrivateIndex(path, real)
    finally:
        _remove(path, path + ".lock")


def lock_index(tree: str, owner: str) -> None:
    """Take git's lock on the index of ``tree``; ``owner`` is written into it. Raises OutputError."""
    path = _lock_of(tree)
    deadline = time.monotonic() + _LOCK_TIMEOUT_SECONDS
    while True:
        try:
            # Linked into place, so that nobody sees it without its owner.
            part = f"{path}.{os.getpid()}"
            with open(part, "w", encoding="utf-8") as file:
                file.write(owner)
            try:
                os.link(part, path)
            finally:
                os.unlink(part)
        except FileExistsError:
            if time.monotonic() > deadline:
                raise OutputError(
                    f"another git works in {tree}: {path} exists",
                    "wait until it has ended; if none runs, remove that file",
                ) from None
            time.sleep(_LOCK_POLL_SECONDS)
        except OSError as error:
            raise OutputError(f"cannot create {path}: {error.strerror}") from None
        else:
            return


def holds_lock(tree: str, owner: str) -> bool:
    """Whether the lock is there and was taken for ``owner``."""
    try:
        with open(_lock_of(tree), "rb") as file:
            return file.read(1000) == owner.encode()
    except OSError:
        return False


def unlock_index(tree: str, owner: str) -> None:
    """Give the lock back, if it is that of ``owner``, who may have been killed."""
    if holds_lock(tree, owner):
        copy = os.path.join(git_folder(tree), "index") + _PRIVATE
        _remove(copy, copy + ".lock", _lock_of(tree))


def _lock_of(tree: str) -> str:
    return os.path.join(git_folder(tree), "index.lock")


def _remove(*paths: str) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
