"""Taking a snapshot of a workspace as it is now."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.snapshots.gitstore.pack import NameOnlySink, PackWriter, object_name
from agentrec.snapshots.gitstore.repack import note_uncompressed
from agentrec.snapshots.gitstore.snapshot_store import MANUAL, SnapshotStore
from agentrec.snapshots.manifest import Contents, contents_of, left_of, manifest_json, rules_record
from agentrec.snapshots.model import Snapshot
from agentrec.snapshots.scan.directory_tree import DirectoryNode, count_changes
from agentrec.snapshots.scan.scan_cache import load_scan, save_scan
from agentrec.snapshots.scan.scanner import TreeScanner
from agentrec.snapshots.scan.snapshot_rules import SnapshotRules, load_rules
from agentrec.snapshots.scan.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.snapshots.gitstore.pack import ObjectSink

NOTHING: frozenset[str] = frozenset()


class WorkspaceState(NamedTuple):
    """The workspace as it is: what a scan found, its git tree, and the manifest that goes with that."""

    root: DirectoryNode
    tree: str
    manifest: bytes
    files: int
    bytes: int
    rules: dict[str, Any]

    @property
    def contents(self) -> Contents:
        return contents_of(self.root, self.rules)


class Snapshotter:
    """Takes the snapshots of one ``recording`` of the directory that ``store`` is of.

    ``cwd`` is where its command runs. Not for several threads; several processes wait for each other.
    """

    def __init__(
        self, store: SnapshotStore, rules: SnapshotRules, recording: str = MANUAL, cwd: str = ""
    ) -> None:
        self.store, self.rules = store, rules
        self.recording, self.cwd = recording, cwd or store.workspace
        self._scanner = TreeScanner(store.workspace, rules)
        self._root: DirectoryNode | None = None  # what the last scan saw; all of it is in the store
        self._epoch: str | None = None
        self._swept = False
        self.number = 0  # of the last snapshot; a later one has a higher one
        self._last: tuple[Snapshot, DirectoryNode | None] | None = None

    @classmethod
    def open(cls, cwd: str, env: Mapping[str, str], recording: str = MANUAL) -> Snapshotter:
        """For the workspace around ``cwd``. Raises RefusedError, SnapshotError, UsageError."""
        workspace = workspace_of(cwd, env)
        rules = load_rules(env, workspace)
        return cls(SnapshotStore.of(workspace, env), rules, recording, cwd)

    def take(self, label: str = "", reason: str = "manual", **more: Any) -> tuple[Snapshot, bool]:
        """A snapshot of now, and whether it is a new one.

        An unchanged tree at the same commit of the user's repository is the last one again. ``more`` is
        kept with it. Raises RefusedError, SnapshotError.
        """
        with self.store.lock(), self.pack() as pack:
            return self.add(pack, self.present(pack), label, reason, more)

    def add(
        self, pack: PackWriter, now: WorkspaceState, label: str, reason: str, more: dict[str, Any]
    ) -> tuple[Snapshot, bool]:
        """As ``take``, with what ``present`` found. Only under the store's lock."""
        last, then = self._previous()
        name = object_name("blob", now.manifest).hex()
        head = self._scanner.head
        # A commit changes no file, but what the files are compared with.
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
            label=label,
            reason=reason,
            recording=self.recording,
            created=time.time_ns(),
            workspace=self.store.workspace,
            cwd=self.cwd,
            files=now.files,
            bytes=now.bytes,
            changed=self._changed(now, last, then),
            left=len(left_of(now.root)),
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
        self, now: WorkspaceState, last: Snapshot | None, then: DirectoryNode | None
    ) -> int:
        if last is None:
            return 0
        if then is not None:
            return count_changes(now.root, then)
        old = self.store.contents(last).files
        new = now.contents.files
        changed = sum(old[path] != new[path] for path in old.keys() & new.keys())
        return changed + len(old.keys() ^ new.keys())

    def present(
        self, sink: ObjectSink | None = None, must: frozenset[str] = NOTHING
    ) -> WorkspaceState:
        """The workspace now, with what is in ``must`` whatever the rules say.

        Its objects go into ``sink``; without one they are only named, and nothing is remembered.
        """
        into = sink or NameOnlySink()
        before = self._before()
        root = self._scanner.scan(before, into, must)
        tree = (root.tree or into.add("tree", b"")).hex()
        rules = rules_record(self.rules, self._scanner.excludes)
        scanner = self._scanner
        found = WorkspaceState(
            root, tree, manifest_json(root, rules), scanner.files, scanner.bytes, rules
        )
        if sink is not None:
            self._root = root
        return found

    def remember(self) -> None:
        """Let the next taker start from what this one has seen."""
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
            note_uncompressed(self.store, pack.raw)
        except BaseException:
            self._root = before  # what it saw is not in the store
            raise
        finally:
            pack.drop()

    def _before(self) -> DirectoryNode | None:
        epoch = self.store.epoch
        if self._epoch != epoch:
            self._epoch, self._root = epoch, load_scan(self.store)
        return self._root
