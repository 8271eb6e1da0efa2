"""What a scrub is about to replace, written down when everything is ready: from then on it takes effect,
also if the process is killed; before, nothing has.

A file in the data directory's ``scrub``. The next scrub finishes what it finds there.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import PART, write_atomic
from agentrec.config import data_home
from agentrec.errors import OutputError
from agentrec.scrub.index_scrub import forget
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.pruning import collect_garbage

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = "scrub"
# In the data directory: they name snapshots that branches and transactions go back to.
_LOGS = ("branches", "transactions")
_COMMIT = re.compile(rb"\b[0-9a-f]{40}\b")
REFS = "refs/scrub"  # keep new objects until a chain does


class StoreChange(NamedTuple):
    """New heads of chains in the store ``name``, and new names of commits."""

    name: str
    heads: dict[str, str]
    commits: dict[str, str]


class ScrubJournal(NamedTuple):
    """``files``: what is renamed to what, in order. ``recordings``: those that changed."""

    files: list[tuple[str, str]]
    stores: list[StoreChange]
    recordings: list[str]

    def write(self, env: Mapping[str, str]) -> str:
        """The point of no return. Raises OutputError."""
        folder = os.path.join(data_home(env), _FOLDER)
        path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}.json")
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            write_atomic(path, json.dumps(self._asdict()).encode())
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None
        return path


def unfinished(env: Mapping[str, str]) -> list[str]:
    """The journals of scrubs that were killed; unfinished ones are removed. Only under the lock of scrubs."""
    folder = os.path.join(data_home(env), _FOLDER)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    for name in names:
        if name.endswith(PART):
            os.unlink(os.path.join(folder, name))
    return [os.path.join(folder, name) for name in names if not name.endswith(PART)]


def read(path: str) -> ScrubJournal:
    """The journal at ``path``. Raises OutputError."""
    try:
        with open(path, "rb") as file:
            stored = json.loads(file.read())
        files = [(str(part), str(target)) for part, target in stored["files"]]
        stores = [StoreChange(*store) for store in stored["stores"]]
        return ScrubJournal(files, stores, [str(one) for one in stored["recordings"]])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise OutputError(f"cannot read {path}", "remove it, and scrub again") from None


def replace_files(journal: ScrubJournal) -> None:
    """Give files their names; those that have them are left alone. Raises OutputError."""
    for part, target in journal.files:
        try:
            os.replace(part, target)
        except FileNotFoundError:
            continue  # before the process was killed
        except OSError as error:
            raise OutputError(f"cannot replace {target}: {error.strerror}") from None


def set_heads(store: SnapshotStore, change: StoreChange) -> None:
    """Let the chains of a store be the new ones. Only under its lock. Raises SnapshotError."""
    for recording, commit in change.heads.items():
        store.set_head(recording, commit)
    # What restores did can still be undone.
    _rename_in(os.path.join(store.folder, "journal"), change.commits)
    drop_refs(store)


def finish(journal: ScrubJournal, path: str, env: Mapping[str, str]) -> None:
    """What remains when everything new is in its place: the old goes. Raises AgentrecError."""
    commits = {old: new for change in journal.stores for old, new in change.commits.items()}
    for folder in _LOGS:
        _rename_in(os.path.join(data_home(env), folder), commits)
    for change in journal.stores:
        collect_garbage(SnapshotStore.named(change.name, env))
    forget(journal.recordings, env)
    os.unlink(path)


def resume(path: str, env: Mapping[str, str]) -> ScrubJournal:
    """Finish the scrub of a journal. Raises AgentrecError."""
    journal = read(path)
    replace_files(journal)
    for change in journal.stores:
        store = SnapshotStore.named(change.name, env)
        with store.lock():
            set_heads(store, change)
        store.close()
    finish(journal, path, env)
    return journal


def keep_objects(store: SnapshotStore, commits: list[str]) -> None:
    """Protect new commits from garbage collection. Only under the store's lock."""
    for number, commit in enumerate(commits):
        store.git("update-ref", f"{REFS}/{number}", commit)


def drop_refs(store: SnapshotStore) -> None:
    """End that protection."""
    names = store.git("for-each-ref", "--format=%(refname)", REFS).decode().split()
    for name in names:
        store.git("update-ref", "-d", name)


def _rename_in(folder: str, commits: dict[str, str]) -> None:
    """Give commits their new names in the files of a folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or name.endswith(PART):
            continue
        with open(path, "rb") as file:
            data = file.read()
        new = _COMMIT.sub(lambda m: commits.get(m[0].decode(), m[0].decode()).encode(), data)
        if new != data:
            write_atomic(path, new)
