"""The directory as it is now, as one side of a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.snapshots.diff.diff import DiffSide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore


def workspace_side(store: SnapshotStore, old: DiffSide, env: Mapping[str, str]) -> DiffSide:
    """The store's directory as it is, with whatever ``old`` has, also where the rules leave it out.

    Its files are read into the store. Raises SnapshotError, RefusedError, UsageError.
    """
    from agentrec.snapshots.scan.snapshot_rules import load_rules
    from agentrec.snapshots.snapshotter import Snapshotter

    taker = Snapshotter(store, load_rules(env, store.workspace))
    with store.lock(), taker.pack() as pack:
        now = taker.present(pack, frozenset(old.contents.files))
    return DiffSide(now.tree, now.contents)
