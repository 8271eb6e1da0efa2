"""The transactions of this machine: a file for each, with a directory of savepoints beside it.

``ID.begun`` and ``ID.json`` as for branches. ``ID/lock`` is held by the command that works on it; a lock for
each repository is held by the one that commits. Whoever gets a lock knows that its last holder is gone, and
so is every git that it started.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.branches.journal import BranchJournal
from agentrec.errors import InputError, OutputError
from agentrec.json_values import text
from agentrec.snapshots.gitstore.snapshot_store import TRANSACTION_PREFIX, SnapshotStore
from agentrec.snapshots.model import SnapshotError
from agentrec.transactions.savepoint import read_savepoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject

FOLDER = "transactions"  # in the data directory
OPEN, COMMITTED, ABORTED = "open", "committed", "aborted"


class TransactionLog(BranchJournal):
    """The transactions in the data directory that ``env`` names."""

    def __init__(self, env: Mapping[str, str]) -> None:
        super().__init__(env, FOLDER)

    def entry(self, name: str) -> JsonObject:
        """The entry of a transaction. Raises InputError if there is none."""
        entry = self.get(name)
        if entry is None:
            raise InputError(f"no transaction {name}", "`agentrec tx status` lists them")
        return entry

    def unfinished(self, common: str = "") -> list[JsonObject]:
        """Those that have not ended; with ``common`` only those of the repository in that git directory."""
        entries = [entry for entry in self.all() if entry.get("state") == OPEN]
        return [entry for entry in entries if common in ("", entry.get("common"))]

    def forget_pruned(self, env: Mapping[str, str]) -> None:
        """Remove entries of ended transactions whose snapshots were pruned. Only under the lock."""
        for entry in self.all():
            name = str(entry["id"])
            if entry.get("state") == OPEN or _has_snapshots(self.folder_of(name), name, env):
                continue
            self.forget(name)
            shutil.rmtree(self.folder_of(name), ignore_errors=True)

    def folder_of(self, name: str) -> str:
        """The directory with the savepoints of a transaction."""
        return os.path.join(self.folder, name)

    @contextmanager
    def hold(self, name: str) -> Iterator[int]:
        """The lock of a transaction: a descriptor that git may inherit. Raises OutputError."""
        with _held(os.path.join(self.folder_of(name), "lock")) as fd:
            yield fd

    @contextmanager
    def hold_repository(self, common: str) -> Iterator[int]:
        """The lock of the repository in the git directory ``common``, likewise."""
        name = hashlib.sha256(os.fsencode(common)).hexdigest()[:16]
        with _held(os.path.join(self.folder, f"repository-{name}.lock")) as fd:
            yield fd


def is_left_over(entry: JsonObject) -> bool:
    """Whether a command works on its merge or its end, or was killed there."""
    return "merging" in entry or "ending" in entry


def repository_of(entry: JsonObject) -> str:
    """Where to run git for a transaction: the worktree that it was begun in may be gone."""
    begun_in = text(entry["repository"])
    return begun_in if os.path.isdir(begun_in) else text(entry["common"])


def _has_snapshots(folder: str, name: str, env: Mapping[str, str]) -> bool:
    for savepoint in read_savepoints(folder):
        try:
            store = SnapshotStore.named(savepoint.store, env)
        except SnapshotError:
            continue
        if store.head(TRANSACTION_PREFIX + name):
            return True
    return False


@contextmanager
def _held(path: str) -> Iterator[int]:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
    except OSError as error:
        raise OutputError(f"cannot lock {path}: {error.strerror}") from None
    try:
        yield fd
    finally:
        os.close(fd)
