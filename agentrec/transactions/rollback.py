"""Makes a transaction's worktree what it was at a savepoint: files, commit and index."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.branches.worktree import run_git
from agentrec.errors import OutputError
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.restore.restore import Restorer
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.transactions.base_index import private_index
from agentrec.transactions.set_aside import move_aside, move_back, new_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.transactions.savepoint import Savepoint


def roll_back(
    tree: str,
    branch: str,
    target: Savepoint,
    asides: Mapping[int, str],
    before: int,
    keep: int,
    env: Mapping[str, str],
) -> None:
    """Go back to ``target``; what is set aside goes to the directory of ``before``. Can be repeated.

    ``asides`` has the directory for each savepoint. Raises OutputError, SnapshotError.
    """
    store = SnapshotStore.named(target.store, env)
    try:
        snapshot = store.snapshot(target.snapshot)
        new = new_paths(tree, target.others, store.contents(snapshot).files)
        move_aside(tree, new, asides[before])
        result = Restorer(store, load_rules(env, tree)).restore(snapshot)
    finally:
        store.close()
    for path, why in result.troubles:
        raise OutputError(f"cannot restore {path}: {why}", "mend that, then repeat the rollback")
    if target.number in asides:
        move_back(tree, asides[target.number])
    set_head(tree, branch, target.head, keep)


def set_head(tree: str, branch: str, commit: str, keep: int) -> None:
    """Point the transaction's branch, HEAD and index at ``commit``, without touching a file.

    Raises GitError.
    """
    run_git(tree, ["update-ref", f"refs/heads/{branch}", commit], keep)
    run_git(tree, ["symbolic-ref", "HEAD", f"refs/heads/{branch}"], keep)
    with private_index(tree) as index:
        env = {"GIT_INDEX_FILE": index.path}
        run_git(tree, ["read-tree", commit], keep, env=env)
        run_git(tree, ["update-index", "-q", "--refresh"], keep, env=env, ok=(0, 1))
        os.replace(index.path, index.real)
