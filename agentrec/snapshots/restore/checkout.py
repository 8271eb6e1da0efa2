"""Writes the files of a snapshot into another directory, to look at them or to continue from there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.snapshots.diff.compare import ADDED, Change
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.restore.apply import Steps, apply

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.model import Snapshot


def checkout(
    store: SnapshotStore, snapshot: Snapshot, target: str, *, read_only: bool = False
) -> list[tuple[str, str]]:
    """Write all files of ``snapshot`` into the directory ``target``, which is made if it does not exist.

    It may contain nothing but a ``.git``, which stays. Returns the paths that could not be written, and why.
    Raises SnapshotError.
    """
    contents = store.contents(snapshot)
    try:
        os.makedirs(target, exist_ok=True)
        if set(os.listdir(target)) - {".git"}:
            raise SnapshotError(f"{target} is not empty")
    except OSError as error:
        raise SnapshotError(f"cannot create {target}: {error.strerror}") from None
    files, folders = contents.files, contents.folders
    if read_only:
        files = {path: entry._replace(mode=entry.mode & ~0o222) for path, entry in files.items()}
        folders = {path: mode & ~0o222 for path, mode in folders.items()}
    steps = Steps(
        [Change(path, ADDED, None, files[path]) for path in sorted(files)],
        [Change(path, ADDED, None, None) for path in sorted(folders)],
        folders,
    )
    return apply(target, steps, store.objects)
