"""The files of a recording at a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.snapshots.lookup import recorded_snapshots, snapshot_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot


class RunFiles:
    """The files in the snapshot ``id``; ``note`` says how it differs from what was asked for."""

    def __init__(self, snapshot: RecordedSnapshot, note: str, env: Mapping[str, str]) -> None:
        self.id, self.label, self.note = snapshot.id, snapshot.label, note
        self._recorded, self._env = snapshot, env

    @property
    def paths(self) -> list[str]:
        """The paths of its files. Raises SnapshotError if it is not on this machine."""
        store, snapshot = self._recorded.open(self._env)
        try:
            return sorted(store.contents(snapshot).files)
        finally:
            store.close()

    def read(self, path: str) -> bytes:
        """The content of a file. Raises SnapshotError."""
        store, snapshot = self._recorded.open(self._env)
        try:
            return store.read(snapshot, path)
        finally:
            store.close()


def files_before(recording: Recording, until: int, what: str, env: Mapping[str, str]) -> RunFiles:
    """The files at ``until`` ns, called ``what`` in notes. Raises InputError without snapshots."""
    snapshots = recorded_snapshots(recording)
    if not snapshots:
        raise InputError(f"{recording.name} has no snapshots of files")
    return RunFiles(*snapshot_before(snapshots, until, what), env)
