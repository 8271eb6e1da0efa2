"""The directory as it is now, as one side of a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.snapshots.diff.diff import DiffSide
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore


def workspace_side(store: SnapshotStore, old: DiffSide, env: Mapping[str, str]) -> DiffSide:
    """The store's directory as it is, including all paths of ``old``, even if the rules leave them out.

    Its files are read into the store. Raises SnapshotError, RefusedDirectoryError, UsageError.
    """
    snapshotter = Snapshotter(store, load_rules(env, store.workspace))
    with store.lock(), snapshotter.pack() as pack:
        now = snapshotter.scan(pack, frozenset(old.contents.files))
    return DiffSide(now.tree, now.contents)
