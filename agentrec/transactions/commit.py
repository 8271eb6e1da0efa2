"""Moves the base branch to a merged commit, and with it the worktree that has it checked out.

What will be done is noted before it is begun. Killed before the branch has moved, nothing has happened;
killed after that, the next command of any transaction completes it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from agentrec.branches import worktree
from agentrec.branches.create import remove_tree
from agentrec.branches.worktree import GitError, remove_stale, run_git
from agentrec.errors import OutputError
from agentrec.json_values import text
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.transactions.base_index import holds_lock, lock_index, ref_locks, unlock_index
from agentrec.transactions.base_tree import (
    changes_between,
    check_clean,
    discard_staged,
    is_updated,
    stage,
    sweep,
    tree_with,
    update_tree,
)
from agentrec.transactions.merge import Merge, plan_merge
from agentrec.transactions.set_aside import discard_asides
from agentrec.transactions.transaction_log import ABORTED, COMMITTED, OPEN, repository_of

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.transactions.transaction_log import TransactionLog

_MAX_ATTEMPTS = 20


def merge_into_base(
    log: TransactionLog, entry: JsonObject, commit: str, message: str, keep: int
) -> Merge:
    """Merge ``commit`` into the base branch, no matter who moves it meanwhile. Only under both locks.

    Raises ConflictError, UsageError: then nothing has changed; OutputError: if the branch has moved by then,
    the next command completes the merge.
    """
    repository, base = repository_of(entry), text(entry["base"])
    for _ in range(_MAX_ATTEMPTS):
        merge = plan_merge(repository, base, commit, message, keep, text(entry["worktree"]))
        if merge.old == merge.new or _move(log, entry, merge, keep):
            return merge
    raise OutputError(f"{base} is moved all the time", "try again later")


def _move(log: TransactionLog, entry: JsonObject, merge: Merge, keep: int) -> bool:
    """Whether the branch was still at ``merge.old`` and has moved."""
    repository, owner = repository_of(entry), _owner(entry)
    tree = tree_with(repository, text(entry["base"]))
    changes = changes_between(repository, merge.old, merge.new)
    entry["merging"] = {**merge._asdict(), "tree": tree, "since": time.time_ns()}
    log.put(entry)
    moved = False
    try:
        if tree:
            lock_index(tree, owner)
            check_clean(tree, merge.old, changes, keep)
            stage(tree, merge.new, changes, keep)
        moved = _move_branch(tree or repository, text(entry["base"]), merge, keep)
        if moved and tree:
            update_tree(tree, changes, keep)
    finally:
        # git may have moved it although we were interrupted before it said so.
        moved = moved or _holds(repository, merge.new, _tip(repository, text(entry["base"])))
        if tree and (not moved or is_updated(tree, changes)):
            discard_staged(tree)
            unlock_index(tree, owner)
        if not moved:
            del entry["merging"]
            log.put(entry)
    return moved


def _move_branch(folder: str, base: str, merge: Merge, keep: int) -> bool:
    """Whether it was still at ``merge.old``. Raises GitError if it could not be moved for another reason."""
    ref = f"refs/heads/{base}"
    words = ["update-ref", "-m", "agentrec tx commit", ref, merge.new, merge.old]
    try:
        run_git(folder, words, keep)
    except GitError:
        if _tip(folder, base) == merge.old:
            raise
        return _holds(folder, merge.new, _tip(folder, base))  # git was killed after it
    return True


def finish_killed(log: TransactionLog, common: str, keep: int) -> list[str]:
    """Complete or take back what killed commits began in a repository; returns the transactions' ids.

    Only under the lock of the repository.
    """
    killed = [one for one in log.unfinished(common) if isinstance(one.get("merging"), dict)]
    return [str(entry["id"]) for entry in killed if _finish(log, entry, keep)]


def _finish(log: TransactionLog, entry: JsonObject, keep: int) -> bool:
    """Whether the commit had moved its branch."""
    merging = entry["merging"]
    assert isinstance(merging, dict)
    old, new, tree = text(merging["old"]), text(merging["new"]), text(merging["tree"])
    repository, base, owner = repository_of(entry), text(entry["base"]), _owner(entry)
    _remove_stale_locks(entry, tree, new)
    moved = _holds(repository, new, _tip(repository, base))
    if tree and os.path.isdir(tree) and holds_lock(tree, owner):
        if moved:
            changes = changes_between(repository, old, new)
            sweep(tree, changes)
            if not is_updated(tree, changes):
                stage(tree, new, changes, keep)
                update_tree(tree, changes, keep)
        discard_staged(tree)
        unlock_index(tree, owner)
    del entry["merging"]
    if moved:
        entry["merged"] = {"old": old, "new": new}
        end(log, entry, COMMITTED)
    else:
        log.put(entry)
    return moved


def end(log: TransactionLog, entry: JsonObject, state: str) -> list[str]:
    """Remove the worktree and the git branch; returns what could not be done. Only under both locks."""
    assert state in (COMMITTED, ABORTED)
    entry["ending"] = state
    log.put(entry)
    path, troubles = text(entry["worktree"]), []
    try:
        status = os.lstat(path)
        if entry.get("folder") == [status.st_dev, status.st_ino]:
            remove_tree(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        troubles.append(f"cannot remove {error.filename}: {error.strerror}")
    if not troubles:
        with log.lock():
            troubles += worktree.remove(repository_of(entry), path, text(entry["branch"]))
    discard_asides(log.folder_of(text(entry["id"])))
    entry["state"], entry["ended"] = state, time.time_ns()
    del entry["ending"]
    log.put(entry)
    return troubles


def finish_ending(log: TransactionLog, entry: JsonObject) -> bool:
    """Complete the end of a transaction that was killed on it; whether it had begun to end."""
    state = text(entry.get("ending"))
    if entry.get("state") != OPEN or not state:
        return False
    _remove_stale_locks(entry, "", "")
    end(log, entry, state)
    return True


def _remove_stale_locks(entry: JsonObject, tree: str, new: str) -> None:
    """Remove locks that a killed git left on what it was about to change: it wrote ``new``, or nothing."""
    common, branches = text(entry["common"]), (text(entry["base"]), text(entry["branch"]))
    remove_stale(
        [*ref_locks(common, branches, (tree,)), os.path.join(common, "packed-refs.lock")], new
    )


def _owner(entry: JsonObject) -> str:
    return f"agentrec tx {entry['id']}: `agentrec tx` completes it\n"


def _tip(folder: str, branch: str) -> str:
    answer = query_repository(folder, "rev-parse", "--quiet", "--verify", f"refs/heads/{branch}")
    return answer.decode().strip() if answer else ""


def _holds(folder: str, commit: str, tip: str) -> bool:
    return bool(tip) and (
        query_repository(folder, "merge-base", "--is-ancestor", commit, tip) is not None
    )
