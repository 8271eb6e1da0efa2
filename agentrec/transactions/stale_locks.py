"""Locks that a killed git left behind."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from agentrec.transactions.base_index import git_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

_STALE_SECONDS = 3.0
_POLL_SECONDS = 0.1


def ref_locks(common: str, branches: Iterable[str], trees: Iterable[str]) -> list[str]:
    """The lock files of branches of the repository in ``common``, and of HEAD in worktrees of it."""
    names = [f"refs/heads/{branch}.lock" for branch in branches]
    folders = [git_folder(tree) for tree in trees if tree and os.path.isdir(tree)]
    heads = [os.path.join(folder, "HEAD.lock") for folder in folders]
    return [os.path.join(common, name) for name in names] + heads


def remove_stale(paths: Iterable[str], content: str | None = None) -> None:
    """Remove those of the lock files that nobody holds: they are empty, or have ``content`` (None: anything).

    A lock of a git that runs now is gone within a moment.
    """
    deadline = time.monotonic() + _STALE_SECONDS
    while left := [path for path in paths if os.path.exists(path)]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    for path in left:
        _remove_if_stale(path, content)


def _remove_if_stale(path: str, content: str | None) -> None:
    try:
        with open(path, "rb") as file:
            found = file.read(1000).decode(errors="replace").strip()
            age = time.time() - os.fstat(file.fileno()).st_mtime
        if age >= _STALE_SECONDS and (content is None or found in ("", content)):
            os.unlink(path)
    except FileNotFoundError:
        return
