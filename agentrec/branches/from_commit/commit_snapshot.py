"""A snapshot with the files of a commit of the user's repository, for runs that none was taken of."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from agentrec.branches import worktree
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.model import Snapshot


def snapshot_of_commit(
    store: SnapshotStore,
    commit: str,
    recording: str,
    label: str,
    env: Mapping[str, str],
    fill: Callable[[str], object] | None = None,
) -> Snapshot:
    """A snapshot for ``recording``, as if the workspace of ``store`` had the files of ``commit`` ("": none).

    ``fill`` may write more files into the folder that it is given. The repository stays as it is. Raises
    GitError, SnapshotError, UsageError.
    """
    if fill is None and (head := store.head(recording)):
        last = store.snapshot(head)
        if last.more.get("head") == commit:  # taken for an earlier branch
            return last
    with tempfile.TemporaryDirectory(prefix="agentrec-files-") as place:
        folder = os.path.join(place, "files")
        os.mkdir(folder)
        if commit:
            worktree.export_commit(store.workspace, commit, folder, os.path.join(place, "index"))
        if fill:
            fill(folder)
        rules = load_rules(env, store.workspace)
        taker = Snapshotter(store, rules, recording, store.workspace, folder)
        with store.lock(), taker.pack() as pack:
            now = taker.scan(pack, _paths(folder))._replace(head=commit)
            snapshot, _ = taker.add(pack, now, label, "start", {})
    return snapshot


def _paths(folder: str) -> frozenset[str]:
    """All files: what a commit holds is in the snapshot, whatever the rules say."""
    return frozenset(
        os.path.relpath(os.path.join(path, name), folder)
        for path, _, names in os.walk(folder)
        for name in names
    )
