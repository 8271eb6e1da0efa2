"""An open transaction: savepoints, going back to one, and the end: all of it is merged, or nothing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.worktree import remove_stale
from agentrec.errors import InputError, OutputError, UsageError
from agentrec.json_values import table, text
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.snapshots.gitstore.snapshot_store import TRANSACTION_PREFIX, SnapshotStore
from agentrec.snapshots.restore.checkout import checkout
from agentrec.snapshots.snapshotter import Snapshotter
from agentrec.times import format_rfc3339
from agentrec.transactions.base_index import ref_locks
from agentrec.transactions.begin import begin
from agentrec.transactions.commit import end, merge_into_base
from agentrec.transactions.merge import Merge, commit_worktree, rev
from agentrec.transactions.recovery import finish_left_over, recover, recover_each, remove_begun
from agentrec.transactions.rollback import roll_back
from agentrec.transactions.savepoint import (
    Savepoint,
    find_savepoint,
    new_savepoint,
    read_savepoints,
    write_savepoint,
)
from agentrec.transactions.set_aside import aside_folder, others_in
from agentrec.transactions.transaction_log import (
    ABORTED,
    COMMITTED,
    OPEN,
    TransactionLog,
    repository_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.errors import AgentrecError
    from agentrec.json_values import JsonObject

BEGIN = "begin"  # the name of the first savepoint


class TransactionEnd(NamedTuple):
    """How a transaction ended: ``merge`` on its base branch, if it did; ``last`` is its last savepoint."""

    merge: Merge | None
    last: Savepoint | None
    troubles: list[str]


class Transaction:
    """The transaction ``name``. Raises InputError if there is none.

    What a killed command left of it, or in its repository, is completed or taken back first, unless
    it ``recovers`` nothing.
    """

    def __init__(self, name: str, env: Mapping[str, str], *, recovers: bool = True) -> None:
        self._env = env
        self._log = TransactionLog(env)
        self.id = name
        common = text(self.entry["common"])
        if recovers:
            recover(self._log, common)

    @classmethod
    def begin(
        cls, folder: str, env: Mapping[str, str], name: str = "", state: object = None
    ) -> Transaction:
        """Begin one on the branch that is checked out in ``folder``. Raises AgentrecError."""
        made = cls(begin(folder, name, env), env)
        try:
            made.savepoint(BEGIN, state)
        except BaseException:
            made.abort(keep_files=False)
            raise
        return made

    @property
    def entry(self) -> JsonObject:
        """What the log says of it now."""
        return self._log.entry(self.id)

    @property
    def worktree(self) -> str:
        """The directory to work in."""
        return text(self.entry["worktree"])

    @property
    def savepoints(self) -> list[Savepoint]:
        """The first one first."""
        return read_savepoints(self._log.folder_of(self.id))

    def savepoint(self, name: str = "", state: object = None) -> Savepoint:
        """Keep the files, the commit and ``state`` as they are now. Raises AgentrecError."""
        with self._working() as (entry, _):
            _check_complete(entry)
            return self._take(entry, name, state, -1)

    def rollback(self, to: str | int = 0) -> Savepoint:
        """Go back to a savepoint, by number or name; returns it.

        What was made since is removed. A savepoint is taken first, and going back to that one undoes it.
        Raises InputError if there is no such savepoint, OutputError, SnapshotError.
        """
        with self._working() as (entry, keep):
            target = find_savepoint(self.savepoints, to)
            before = self._before(entry, target)
            entry["rolling"] = {"to": target.number, "before": before}
            self._log.put(entry)
            branch, tree = text(entry["branch"]), text(entry["worktree"])
            roll_back(tree, branch, target, self._asides(), before, keep, self._env)
            entry["undo"] = before
            del entry["rolling"]
            self._log.put(entry)
            return target

    def undo_rollback(self) -> Savepoint:
        """Undo the last rollback, also one that was killed. Raises InputError if there was none."""
        entry = self.entry
        rolling = entry.get("rolling")
        before = rolling["before"] if isinstance(rolling, dict) else entry.get("undo")
        if not isinstance(before, int):
            raise InputError(f"nothing to undo: {self.id} was not rolled back")
        return self.rollback(before)

    def write_files(self, name: str | int, folder: str) -> tuple[Savepoint, list[tuple[str, str]]]:
        """Write the files of a savepoint into an empty or new ``folder``; the second: what failed, and why.

        Raises InputError, SnapshotError.
        """
        savepoint = find_savepoint(self.savepoints, name)
        store = SnapshotStore.named(savepoint.store, self._env)
        try:
            return savepoint, checkout(store, store.snapshot(savepoint.snapshot), folder)
        finally:
            store.close()

    def commit(self, message: str = "") -> TransactionEnd:
        """Merge all work into the base branch as it is then, and end the transaction.

        Raises ConflictError, UsageError, OutputError: then the transaction is still open.
        """
        common = text(self.entry["common"])
        with self._working() as (entry, _), self._log.hold_repository(common) as keep:
            _check_complete(entry)
            remove_begun(self._log)
            finish_left_over(self._log, common, keep)
            message = message.strip() or f"agentrec transaction {entry['name'] or self.id}"
            last = self._take(entry, "commit", None, -1)
            commit = commit_worktree(text(entry["worktree"]), text(entry["branch"]), message, keep)
            merge = merge_into_base(self._log, entry, commit, message, keep)
            entry.pop("merging", None)
            entry["merged"] = merge._asdict()
            return TransactionEnd(merge, last, end(self._log, entry, COMMITTED))

    def abort(self, *, keep_files: bool = True) -> TransactionEnd:
        """End the transaction without merging; the snapshots keep its files. Raises OutputError."""
        common = text(self.entry["common"])
        with self._working(gone=True) as (entry, _), self._log.hold_repository(common) as keep:
            finish_left_over(self._log, common, keep)
            exists = os.path.isdir(text(entry["worktree"])) and keep_files
            last = self._take(entry, "abort", None, -1) if exists else None
            return TransactionEnd(None, last, end(self._log, entry, ABORTED))

    def as_json(self) -> JsonObject:
        """Its entry for people and programs, with its savepoints."""
        entry = self.entry
        names = ("id", "name", "state", "repository", "base", "branch", "worktree")
        about = {name: entry.get(name) for name in names}
        about["created"] = format_rfc3339(int(str(entry["created"])))
        about["recording"] = text(table(entry.get("parent")).get("id"))
        about["savepoints"] = [one.as_json() for one in self.savepoints]
        about["base_commits_since"] = self._base_commits(entry)
        about["rollback_interrupted"] = "rolling" in entry
        return {**about, "merged": entry["merged"]} if "merged" in entry else about

    def _base_commits(self, entry: JsonObject) -> int:
        """How many commits the base branch has that the transaction did not start from."""
        since = f"{entry['commit']}..refs/heads/{entry['base']}"
        count = query_repository(repository_of(entry), "rev-list", "--count", since)
        return int(count) if count else 0

    def _take(self, entry: JsonObject, name: str, state: object, before: int) -> Savepoint:
        tree = text(entry["worktree"])
        snapshotter = Snapshotter.open(tree, self._env, TRANSACTION_PREFIX + self.id)
        try:
            snapshot, _ = snapshotter.take(name, "savepoint")
            snapshotter.save_scan()
        finally:
            snapshotter.store.close()
        number = max((one.number for one in self.savepoints), default=-1) + 1
        taken = (snapshotter.store.name, snapshot)
        head = rev(tree, "HEAD")
        made = new_savepoint(number, name, taken, head, others_in(tree), state, before)
        write_savepoint(self._log.folder_of(self.id), made)
        return made

    def _before(self, entry: JsonObject, target: Savepoint) -> int:
        """The savepoint before a rollback: that of the same rollback, if that was killed."""
        rolling = entry.get("rolling")
        if isinstance(rolling, dict):
            return int(str(rolling["before"]))
        label = f"before rollback to {target.name or target.number}"
        return self._take(entry, label, None, target.number).number

    def _asides(self) -> dict[int, str]:
        folder = self._log.folder_of(self.id)
        return {one.number: aside_folder(folder, one.number) for one in self.savepoints}

    @contextmanager
    def _working(self, *, gone: bool = False) -> Iterator[tuple[JsonObject, int]]:
        with self._log.hold(self.id) as keep:
            entry = self.entry
            if entry.get("state") != OPEN:
                raise UsageError(
                    f"transaction {self.id} is {entry.get('state')}", "begin another one"
                )
            if not gone and not os.path.isdir(text(entry["worktree"])):
                raise OutputError(
                    f"{entry['worktree']} no longer exists",
                    f"`agentrec tx abort {self.id}` ends it",
                )
            # Only commands that hold the lock, and the agent, change these.
            common, branch, tree = (text(entry[it]) for it in ("common", "branch", "worktree"))
            remove_stale(ref_locks(common, [branch], [tree]))
            yield entry, keep


def open_transactions(
    env: Mapping[str, str], troubles: list[AgentrecError] | None = None
) -> list[Transaction]:
    """Those that have not ended, after what killed commands left was completed or taken back.

    Why that failed is added to ``troubles``; without it, the first reason is raised.
    """
    log = TransactionLog(env)
    errors = recover_each(log, log.unfinished())
    if troubles is None and errors:
        raise errors[0]
    if troubles is not None:
        troubles += errors
    return [Transaction(text(entry["id"]), env, recovers=False) for entry in log.unfinished()]


def find_transaction(name: str, folder: str, env: Mapping[str, str]) -> Transaction:
    """The transaction of that id or name; without one, the one around ``folder``, or its only open one.

    Only its repository is mended. Raises InputError, UsageError, OutputError.
    """
    log = TransactionLog(env)
    here = os.path.realpath(folder)
    meant = _named(log, name) if name else _around(log, here)
    for error in recover_each(log, meant):
        raise error
    still = {text(entry["id"]) for entry in log.unfinished()}
    mine = [text(entry["id"]) for entry in meant if entry["id"] in still]
    if name:
        ended = [text(entry["id"]) for entry in log.all() if entry.get("name") == name]
        return Transaction((mine or ended or [name])[-1], env, recovers=False)
    if len(mine) == 1:
        return Transaction(mine[0], env, recovers=False)
    if not mine:
        raise InputError("no open transaction here", "`agentrec tx begin` begins one")
    raise UsageError(f"{len(mine)} open transactions: {', '.join(mine)}", "name one")


def _named(log: TransactionLog, name: str) -> list[JsonObject]:
    return [entry for entry in log.unfinished() if name in (entry["id"], entry.get("name"))]


def _around(log: TransactionLog, here: str) -> list[JsonObject]:
    """The open ones around the directory ``here``, else those of its repository."""
    every = log.unfinished()
    trees = [text(entry["worktree"]) for entry in every]
    inside = [
        entry
        for entry, tree in zip(every, trees, strict=True)
        if os.path.commonpath((here, tree)) == tree
    ]
    if inside:
        return inside
    top = query_repository(here, "rev-parse", "--path-format=absolute", "--git-common-dir")
    common = os.path.realpath(os.fsdecode(top.removesuffix(b"\n"))) if top else ""
    return log.unfinished(common) if common else []


def _check_complete(entry: JsonObject) -> None:
    rolling = entry.get("rolling")
    if isinstance(rolling, dict):
        raise UsageError(
            f"the rollback to savepoint {rolling['to']} was not completed",
            f"`agentrec tx rollback {rolling['to']}` completes it, `agentrec tx rollback --undo` undoes it",
        )
