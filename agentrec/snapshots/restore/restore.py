"""Going back in place: what would change, a snapshot first, only what differs, and the way back."""

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

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.restore.undo_log import UndoRecord
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules

    Only = Callable[[str], bool]


class RestorePlan(NamedTuple):
    """What a restore would do.

    ``kept``     paths that are newer than the snapshot and stay, since its rules left such paths out
    ``foreign``  paths to be changed that somebody else changed since the recording's last snapshot
    ``lost``     paths that stay as they are, and why: they are not kept, then or now
    """

    steps: Steps
    kept: list[str]
    foreign: list[str]
    lost: dict[str, str]

    @property
    def empty(self) -> bool:
        return not self.steps.files and not self.steps.folders


class RestoreResult(NamedTuple):
    """What a restore did. ``safety``: the snapshot saved before; ``troubles``: paths it could not do."""

    plan: RestorePlan
    safety: Snapshot | None
    troubles: list[tuple[str, str]]


class Restorer:
    """Restores snapshots of ``store`` in its workspace."""

    def __init__(self, store: SnapshotStore, rules: SnapshotRules) -> None:
        self._store = store
        self._taker = Snapshotter(store, rules, SAFETY)
        self._journal = UndoLog(store.folder)

    def plan(
        self, target: Snapshot, last: Snapshot | None = None, only: Only | None = None
    ) -> RestorePlan:
        """What ``restore`` would do now. Changes nothing. Raises SnapshotError, RefusedError."""
        self._check()
        then = self._store.contents(target)
        now = self._taker.present(must=frozenset(then.files))
        return self._compare(now.contents, then, only, last)

    def restore(
        self,
        target: Snapshot,
        last: Snapshot | None = None,
        only: Only | None = None,
        undone: UndoRecord | None = None,
    ) -> RestoreResult:
        """Make the workspace what it was in ``target``; with ``only``, just the paths it says yes to.

        ``last`` is the last snapshot of the target's recording. To take ``undone`` back is to remove what it
        added, whatever the rules say. Raises SnapshotError before anything is touched.
        """
        self._check()
        store = self._store
        then = store.contents(target)
        must = frozenset(then.files) | frozenset(undone.paths if undone else ())
        with store.lock():
            with self._taker.pack() as pack:
                now = self._taker.present(pack, must)
                plan = self._compare(now.contents, then, only, last, exact=undone is not None)
                if plan.empty:
                    return RestoreResult(plan, None, [])
                label = f"before going back to {target.id}"
                more = {"target": target.commit}
                safety, _ = self._taker.add(pack, now, label, "restore", more)
            self._sweep()
            undoes = undone.number if undone else 0
            record = self._journal.begin(target, safety, plan.steps.touched, undoes)
            troubles = apply(store.workspace, plan.steps, store.objects)
            self._journal.set(record, DONE)
        return RestoreResult(plan, safety, troubles)

    def records(self) -> list[UndoRecord]:
        """The restores so far, the first one first."""
        return self._journal.records()

    def plan_undo(self) -> tuple[UndoRecord, RestorePlan]:
        """The restore that ``undo`` takes back, and what that would do. Raises SnapshotError."""
        record, before, after = self._to_undo()
        only = frozenset(record.paths)
        then = self._store.contents(before)
        now = self._taker.present(must=frozenset(then.files) | only)
        return record, self._compare(now.contents, then, only.__contains__, after, exact=True)

    def undo(self) -> tuple[UndoRecord, RestoreResult]:
        """Take the last restore back, also one that was killed; later work elsewhere is left alone.

        Raises SnapshotError when there is none.
        """
        record, before, after = self._to_undo()
        done = self.restore(before, after, frozenset(record.paths).__contains__, record)
        with self._store.lock():
            self._journal.set(record, UNDONE)
        return record, done

    def _to_undo(self) -> tuple[UndoRecord, Snapshot, Snapshot | None]:
        """The record, the snapshot before, and the one after if it was reached."""
        self._check()
        record = self._journal.last()
        if record is None:
            raise SnapshotError(f"nothing was restored in {self._store.workspace}")
        after = self._store.snapshot(record.target) if record.state == DONE else None
        return record, self._store.snapshot(record.safety), after

    def _compare(
        self,
        now: Contents,
        then: Contents,
        only: Only | None,
        last: Snapshot | None,
        *,
        exact: bool = False,
    ) -> RestorePlan:
        old = RulesAt(then, self._store.objects)
        chosen = only or (lambda _: True)
        files, kept, lost = [], [], {path: why for path, why in then.left.items() if chosen(path)}
        for change in filter(lambda c: chosen(c.path), changed_files(now.files, then.files)):
            if why := _hidden(change.path, now.left):
                lost[change.path] = why  # it could not be saved before
            elif change.new is None and not exact and old.left_out(change.path):
                kept.append(change.path)
            else:
                files.append(change)
        folders = [
            change
            for change in changed_folders(now, then)
            if chosen(change.path)
            and not _hidden(change.path, now.left)
            and not (change.what == DELETED and not exact and old.left_out_folder(change.path))
        ]
        return RestorePlan(
            Steps(files, folders, then.folders), kept, self._foreign(files, last), lost
        )

    def _check(self) -> None:
        """Raises SnapshotError when the directory is gone, or another one has its name."""
        folder = self._store.workspace
        try:
            same = store_name(folder) == self._store.name
        except OSError:
            raise SnapshotError(
                f"{folder} is not there any more",
                "`agentrec open --writable FILE@SNAP DIRECTORY` writes the files elsewhere",
            ) from None
        if not same:
            raise SnapshotError(
                f"{folder} is another directory now than the one the snapshot is of",
                "`agentrec open --writable FILE@SNAP DIRECTORY` writes the files elsewhere",
            )

    def _foreign(self, files: list[Change], last: Snapshot | None) -> list[str]:
        if last is None:
            return []
        known = self._store.contents(last).files
        return [change.path for change in files if known.get(change.path) != change.old]

    def _sweep(self) -> None:
        """Remove temporary files of restores that were killed."""
        killed = [record for record in self._journal.records() if record.state == BEGUN]
        folders = {os.path.dirname(path) for record in killed for path in record.paths}
        if not folders:
            return
        with ConfinedWriter(self._store.workspace) as hand:
            for folder in folders:
                try:
                    hand.sweep(folder)
                except OSError:
                    continue  # it is gone


def _hidden(path: str, left: dict[str, str]) -> str:
    """Why nothing is known about ``path`` now: it, or a directory above it, could not be looked into."""
    while path:
        if path in left:
            return left[path]
        path = path.rpartition("/")[0]
    return ""
