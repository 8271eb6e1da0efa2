"""Takes snapshots of a workspace as it is now."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact import mask_text
from agentrec.snapshots.first_look.start_source import LateFiles, StartFiles
from agentrec.snapshots.gitstore.pack import NameOnlySink, PackWriter, object_name
from agentrec.snapshots.gitstore.repack import note_uncompressed
from agentrec.snapshots.gitstore.snapshot_store import MANUAL, SnapshotStore
from agentrec.snapshots.manifest import (
    Contents,
    contents_of,
    left_of,
    manifest_json,
    rules_record,
)
from agentrec.snapshots.model import Snapshot
from agentrec.snapshots.scan.directory_tree import DirectoryNode, count_changes
from agentrec.snapshots.scan.file_source import LIVE
from agentrec.snapshots.scan.scan_cache import load_scan, save_scan
from agentrec.snapshots.scan.scanner import CHANGED, TreeScanner
from agentrec.snapshots.scan.snapshot_rules import SnapshotRules, load_rules
from agentrec.snapshots.scan.tree_watcher import TreeWatcher
from agentrec.snapshots.scan.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.first_look.start_state import StartState
    from agentrec.snapshots.gitstore.pack import ObjectSink

_NO_PATHS: frozenset[str] = frozenset()
_MAX_MISSED_PATHS = 20  # that the recording names; the manifest has all of them


class WorkspaceState(NamedTuple):
    """The workspace as it is: what a scan saw, its git tree, and the manifest that belongs to it.

    ``head`` is the commit of the user's repository; ``late`` the files that may be younger than the rest.
    """

    root: DirectoryNode
    tree: str
    manifest: bytes
    files: int
    bytes: int
    rules: JsonObject
    head: str
    late: list[str]

    @property
    def contents(self) -> Contents:
        return contents_of(self.root, self.rules, self.late)

    @property
    def missed(self) -> list[str]:
        """Files whose content at the start is not known."""
        lost = [path for path, why in left_of(self.root).items() if why == CHANGED]
        return sorted({*lost, *self.late})


class Snapshotter:
    """Takes the snapshots of one ``recording``, of the directory that ``store`` is for.

    ``cwd`` is where its command runs. With ``folder`` the files are read from there instead: they stand for
    those of the workspace. One that ``watches`` a large workspace scans only what has changed: call ``note``
    when its ``changes_fd`` is readable. Not for several threads; several processes wait for each other.
    """

    def __init__(
        self,
        store: SnapshotStore,
        rules: SnapshotRules,
        recording: str = MANUAL,
        cwd: str = "",
        folder: str = "",
        *,
        watches: bool = False,
    ) -> None:
        self.store, self.rules = store, rules
        self.recording, self.cwd = recording, cwd or store.workspace
        self.number = 0  # of the last snapshot
        self._watcher = TreeWatcher(store.workspace, rules) if watches else None
        self._scanner = TreeScanner(folder or store.workspace, rules, self._watcher)
        self._is_elsewhere = bool(folder)
        # What the last scan saw; all of it is in the store.
        self._root: DirectoryNode | None = None
        self._epoch: str | None = None
        self._swept = False
        self._last: tuple[Snapshot, DirectoryNode | None] | None = None

    @classmethod
    def open(
        cls, cwd: str, env: Mapping[str, str], recording: str = MANUAL, *, watches: bool = False
    ) -> Snapshotter:
        """For the workspace that contains ``cwd``.

        Raises RefusedDirectoryError, SnapshotError, UsageError.
        """
        workspace = workspace_of(cwd, env)
        rules = load_rules(env, workspace)
        return cls(SnapshotStore.of(workspace, env), rules, recording, cwd, watches=watches)

    def take(
        self, label: str = "", reason: str = "manual", more: JsonObject | None = None
    ) -> tuple[Snapshot, bool]:
        """A snapshot of now, and whether it is a new one.

        If neither the files nor the commit of the user's repository have changed, it is the last one again.
        ``more`` is saved with it. Raises RefusedDirectoryError, SnapshotError.
        """
        with self.store.lock(), self.pack() as pack:
            now, more = self.scan(pack), more or {}
            if self._watcher is not None and self._watcher.why:
                more = {**more, "scanned": self._watcher.why}
            return self.add(pack, now, label, reason, more)

    def take_start(
        self, state: StartState | None, began: int, label: str, more: JsonObject
    ) -> tuple[Snapshot, bool]:
        """A snapshot of the state when the recorded command started, as far as a look has seen it.

        The command started after ``began`` (ns). Raises as ``take``.
        """
        source = LateFiles(began) if state is None else StartFiles(state)
        try:
            with self.store.lock(), self.pack() as pack:
                now = self.scan(pack, source=source)
                if state is None or not state.complete:
                    more = {**more, "late": True}
                if missed := now.missed:
                    paths = missed[:_MAX_MISSED_PATHS]
                    more = {**more, "missed": len(missed), "missed_paths": paths}
                created = time.time_ns() if state is None else state.ended
                return self.add(pack, now, label, "start", more, created)
        finally:
            source.close()

    def add(
        self,
        pack: PackWriter,
        now: WorkspaceState,
        label: str,
        reason: str,
        more: JsonObject,
        created: int = 0,
    ) -> tuple[Snapshot, bool]:
        """As ``take``, with the result of ``scan``. Only under the store's lock.

        ``created`` is in ns since the epoch (default: now).
        """
        last, last_root = self._previous()
        name = object_name("blob", now.manifest).hex()
        head = now.head
        # A commit changes no file, but it changes what the files are compared with.
        if last and (last.tree, last.manifest, last.more.get("head", "")) == (now.tree, name, head):
            pack.finish()
            self._last = last, now.root
            return last, False
        self.number = max(self.number, int(last.id[1:]) if last else 0) + 1
        snapshot = Snapshot(
            id=f"s{self.number}",
            commit="",
            tree=now.tree,
            manifest=name,
            parent=last.commit if last else "",
            label=mask_text(label),  # as in the recording
            reason=reason,
            recording=self.recording,
            created=created or time.time_ns(),
            workspace=self.store.workspace,
            cwd=self.cwd,
            files=now.files,
            bytes=now.bytes,
            changed=self._changed(now, last, last_root),
            left=now.root.totals.left,
            more={**more, "head": head} if head else more,
        )
        snapshot = self.store.commit(pack, snapshot, now.manifest)
        pack.finish()
        self.store.set_head(self.recording, snapshot.commit)
        self._last = snapshot, now.root
        return snapshot, True

    def _previous(self) -> tuple[Snapshot | None, DirectoryNode | None]:
        """The recording's last snapshot, and its tree if it is still in memory."""
        head = self.store.head(self.recording)
        if self._last is not None and self._last[0].commit == head:
            return self._last
        return (self.store.snapshot(head) if head else None), None

    def _changed(
        self, now: WorkspaceState, last: Snapshot | None, last_root: DirectoryNode | None
    ) -> int:
        """The number of files that differ from the last snapshot."""
        if last is None:
            return 0
        if last_root is not None:
            return count_changes(now.root, last_root)
        old = self.store.contents(last).files
        new = now.contents.files
        changed = sum(old[path] != new[path] for path in old.keys() & new.keys())
        return changed + len(old.keys() ^ new.keys())

    def scan(
        self,
        sink: ObjectSink | None = None,
        must: frozenset[str] = _NO_PATHS,
        source: StartFiles | LateFiles | None = None,
    ) -> WorkspaceState:
        """The workspace as it is now, including the paths in ``must`` whatever the rules say.

        Its objects go into ``sink``; without one they are only named, and the scan is not remembered.
        With ``source`` it is the workspace as it was when a recorded command started.
        """
        scanner, into = self._scanner, sink or NameOnlySink()
        root = scanner.scan(self._before(), into, must, source or LIVE)
        if sink is not None:
            self._root = root
        tree = (root.tree or into.add("tree", b"")).hex()
        rules = rules_record(self.rules, scanner.excludes)
        late = sorted(source.changed_since(root)) if source else []
        manifest = manifest_json(root, rules, late)
        head = (source.head if source else "") or scanner.head
        return WorkspaceState(root, tree, manifest, scanner.files, scanner.bytes, rules, head, late)

    @property
    def changes_fd(self) -> int | None:
        """Readable when there is something to ``note``, if it watches."""
        return self._watcher.fileno() if self._watcher is not None else None

    def note(self) -> None:
        """Take what has changed in the workspace, before there is too much of it."""
        if self._watcher is not None:
            self._watcher.note()

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        self.store.close()

    def save_scan(self) -> None:
        """Let the next process start from what this one has seen."""
        if self._root is not None:
            save_scan(self.store, self._root)

    @contextmanager
    def pack(self) -> Iterator[PackWriter]:
        """A pack for one snapshot. Only under the store's lock."""
        if not self._swept:
            self.store.sweep()
            self._swept = True
        pack = PackWriter(self.store.objects_folder)
        before = self._root
        try:
            yield pack
            pack.finish()
            note_uncompressed(self.store, pack.uncompressed)
        except BaseException:
            self._root = before  # what the scan saw is not in the store
            raise
        finally:
            pack.drop()

    def _before(self) -> DirectoryNode | None:
        """What the last scan saw, as long as no objects were removed from the store."""
        epoch = self.store.epoch
        if self._is_elsewhere:
            return None
        if self._epoch != epoch:
            self._epoch, self._root = epoch, load_scan(self.store)
        return self._root
