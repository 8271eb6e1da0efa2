"""Restores a snapshot in place: what would change, a snapshot first, only what differs, and undoing it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import DELETED, Change, changed_files, changed_folders
from agentrec.snapshots.diff.rules_at import RulesAt
from agentrec.snapshots.gitstore.snapshot_store import SAFETY
from agentrec.snapshots.model import Snapshot, SnapshotError
from agentrec.snapshots.restore.apply import Steps, apply
from agentrec.snapshots.restore.confined_writer import ConfinedWriter
from agentrec.snapshots.restore.undo_log import BEGUN, DONE, UNDONE, UndoLog
from agentrec.snapshots.scan.workspace import store_name
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.restore.undo_log import UndoRecord
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules

    Only = Callable[[str], bool]


class RestorePlan(NamedTuple):
    """What a restore would do.

    ``kept``     paths that are newer than the snapshot and stay, because its rules left such paths out
    ``foreign``  paths to be changed that somebody else changed since the recording's last snapshot
    ``lost``     paths that stay as they are, and why: their content was not saved, then or now
    """

    steps: Steps
    kept: list[str]
    foreign: list[str]
    lost: dict[str, str]

    @property
    def empty(self) -> bool:
        return not self.steps.files and not self.steps.folders


class RestoreResult(NamedTuple):
    """What a restore did. ``safety`` is the snapshot taken before, ``troubles`` the paths that failed."""

    plan: RestorePlan
    safety: Snapshot | None
    troubles: list[tuple[str, str]]


class Restorer:
    """Restores snapshots of ``store`` in its workspace."""

    def __init__(self, store: SnapshotStore, rules: SnapshotRules) -> None:
        self._store = store
        self._snapshotter = Snapshotter(store, rules, SAFETY)
        self._undo_log = UndoLog(store.folder)

    def plan(
        self, target: Snapshot, last: Snapshot | None = None, only: Only | None = None
    ) -> RestorePlan:
        """What ``restore`` would do. Changes nothing. Raises SnapshotError, RefusedDirectoryError."""
        self._check_workspace()
        wanted = self._store.contents(target)
        now = self._snapshotter.scan(must=frozenset(wanted.files))
        return self._compare(now.contents, wanted, only, last)

    def restore(
        self,
        target: Snapshot,
        last: Snapshot | None = None,
        only: Only | None = None,
        undone: UndoRecord | None = None,
    ) -> RestoreResult:
        """Make the workspace what it was in ``target``; with ``only``, just the paths it accepts.

        ``last`` is the last snapshot of the target's recording. With ``undone``, the restore to undo, what
        that one added is removed, whatever the rules say. Raises SnapshotError before anything is changed.
        """
        self._check_workspace()
        store = self._store
        wanted = store.contents(target)
        must = frozenset(wanted.files) | frozenset(undone.paths if undone else ())
        with store.lock():
            with self._snapshotter.pack() as pack:
                now = self._snapshotter.scan(pack, must)
                plan = self._compare(now.contents, wanted, only, last, exact=undone is not None)
                if plan.empty:
                    return RestoreResult(plan, None, [])
                more: JsonObject = {"target": target.commit}
                label = f"before restoring {target.id}"
                safety, _ = self._snapshotter.add(pack, now, label, "restore", more)
            self._sweep()
            undoes = undone.number if undone else 0
            record = self._undo_log.begin(target, safety, plan.steps.touched, undoes)
            troubles = apply(store.workspace, plan.steps, store.objects)
            self._undo_log.write(record, DONE)
        return RestoreResult(plan, safety, troubles)

    def records(self) -> list[UndoRecord]:
        """The restores so far, the first one first."""
        return self._undo_log.records()

    def plan_undo(self) -> tuple[UndoRecord, RestorePlan]:
        """The restore that ``undo`` would undo, and what would change. Raises SnapshotError."""
        record, before, after = self._to_undo()
        only = frozenset(record.paths)
        wanted = self._store.contents(before)
        now = self._snapshotter.scan(must=frozenset(wanted.files) | only)
        return record, self._compare(now.contents, wanted, only.__contains__, after, exact=True)

    def undo(self) -> tuple[UndoRecord, RestoreResult]:
        """Undo the last restore, also one that was killed; later work elsewhere is left alone.

        Raises SnapshotError when there is none.
        """
        record, before, after = self._to_undo()
        result = self.restore(before, after, frozenset(record.paths).__contains__, record)
        with self._store.lock():
            self._undo_log.write(record, UNDONE)
        return record, result

    def _to_undo(self) -> tuple[UndoRecord, Snapshot, Snapshot | None]:
        """The record, the snapshot before, and the one after if the restore was completed."""
        self._check_workspace()
        record = self._undo_log.last()
        if record is None:
            raise SnapshotError(f"nothing to undo: nothing was restored in {self._store.workspace}")
        after = self._store.snapshot(record.target) if record.state == DONE else None
        return record, self._store.snapshot(record.safety), after

    def _compare(
        self,
        now: Contents,
        wanted: Contents,
        only: Only | None,
        last: Snapshot | None,
        *,
        exact: bool = False,
    ) -> RestorePlan:
        """What to do to get from ``now`` to ``wanted``. ``exact``: also delete what its rules left out."""
        rules = None if exact else RulesAt(wanted, self._store.objects)
        chosen = only or (lambda _: True)
        files, kept = [], []
        lost = {path: why for path, why in wanted.left.items() if chosen(path)}
        for change in changed_files(now.files, wanted.files):
            if not chosen(change.path):
                continue
            if why := _why_unknown(change.path, now.left):
                lost[change.path] = why  # it could not be saved before
            elif change.new is None and rules is not None and rules.left_out(change.path):
                kept.append(change.path)
            else:
                files.append(change)
        folders = [
            change
            for change in changed_folders(now, wanted)
            if chosen(change.path)
            and not _why_unknown(change.path, now.left)
            and not (change.what == DELETED and rules and rules.left_out_folder(change.path))
        ]
        steps = Steps(files, folders, wanted.folders)
        return RestorePlan(steps, kept, self._foreign(files, last), lost)

    def _check_workspace(self) -> None:
        """Raises SnapshotError if the directory is gone, or another one has its name."""
        folder = self._store.workspace
        hint = "`agentrec open --writable FILE@SNAP DIRECTORY` writes the files elsewhere"
        try:
            same = store_name(folder) == self._store.name
        except OSError:
            raise SnapshotError(f"{folder} no longer exists", hint) from None
        if not same:
            raise SnapshotError(
                f"{folder} is not the directory that the snapshot was taken of", hint
            )

    def _foreign(self, files: list[Change], last: Snapshot | None) -> list[str]:
        if last is None:
            return []
        known = self._store.contents(last).files
        return [change.path for change in files if known.get(change.path) != change.old]

    def _sweep(self) -> None:
        """Remove temporary files of restores that were killed."""
        killed = [record for record in self._undo_log.records() if record.state == BEGUN]
        folders = {os.path.dirname(path) for record in killed for path in record.paths}
        if not folders:
            return
        with ConfinedWriter(self._store.workspace) as writer:
            for folder in folders:
                try:
                    writer.sweep(folder)
                except OSError:
                    continue  # it is gone


def _why_unknown(path: str, left: dict[str, str]) -> str:
    """Why nothing is known about ``path`` now: it, or a directory above it, could not be read."""
    while path:
        if path in left:
            return left[path]
        path = path.rpartition("/")[0]
    return ""
