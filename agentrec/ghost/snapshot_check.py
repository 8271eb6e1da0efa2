"""Whether a directory has the files that a snapshot has, by content and mode."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.ghost.volatile import volatile_files
from agentrec.snapshots.diff.compare import changed_files
from agentrec.snapshots.diff.diff import DiffSide
from agentrec.snapshots.diff.workspace_side import workspace_side
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.diff.compare import Change
    from agentrec.snapshots.manifest import Contents

_MAX_NAMED = 5


def differing_files(directory: str, wanted: Contents, env: Mapping[str, str]) -> list[Change]:
    """Return how the files in ``directory`` (a real path) differ, but for what an agent writes for itself.

    Raises SnapshotError.
    """
    store = SnapshotStore.of(directory, env)
    try:
        now = workspace_side(store, DiffSide("", wanted), env)
    finally:
        store.close()
    changes = changed_files(wanted.files, now.contents.files)
    return [it for it in changes if os.path.basename(it.path) not in volatile_files()]


def named(changes: list[Change]) -> list[str]:
    """Return the first files with what is different, and how many more there are."""
    lines = [f"{it.path} ({it.what})" for it in changes[:_MAX_NAMED]]
    more = len(changes) - _MAX_NAMED
    return [*lines, f"and {more} more"] if more > 0 else lines
