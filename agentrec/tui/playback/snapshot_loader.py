"""The snapshots of the recording being played: their contents, and how they differ.

This reads files and calls git, so it is used in threads, one at a time.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError
from agentrec.recording.reader import Recording
from agentrec.snapshots.diff.diff import (
    DiffSide,
    FileDiff,
    file_diffs,
    mode_and_folder_changes,
    unified_diff,
)
from agentrec.snapshots.diff.workspace_side import workspace_side
from agentrec.snapshots.lookup import recorded_snapshots, snapshot_before
from agentrec.text import one_line
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.model import Snapshot

BEFORE, NOW = "since the previous one", "until now"  # what to compare with, as the tabs call it
MAX_SHOWN_BYTES = 1 << 20  # of a file or a diff
_BINARY_CHECK_BYTES = 8192
_MAX_SIDES = 8  # contents of snapshots kept in memory


class SnapshotView(NamedTuple):
    """A snapshot and how it differs from another.

    ``number``   which of ``total`` snapshots it is
    ``against``  BEFORE or NOW
    ``other``    the name of what it is compared with, "" for the first snapshot, which has none before it
    ``more``     differences that no diff of files shows
    ``note``     how it is not quite the snapshot that was asked for
    """

    recorded: RecordedSnapshot
    number: int
    total: int
    contents: Contents
    against: str
    other: str
    changes: list[FileDiff]
    more: list[str]
    note: str = ""


class Page(NamedTuple):
    """Lines to show. ``kind`` is ``file``, ``diff`` or ``note``; ``name`` tells a file's language."""

    kind: str
    name: str
    lines: list[str]
    cut: bool = False


class SnapshotLoader:
    """The snapshots of the recording at ``path``. Raises AgentrecError from every method but close."""

    def __init__(self, path: str, env: Mapping[str, str]) -> None:
        self._path, self._env = path, env
        self._lock = threading.Lock()
        self._recorded: list[RecordedSnapshot] = []
        self._stores: dict[str, SnapshotStore] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._sides: dict[str, DiffSide] = {}
        self._now: dict[str, DiffSide] = {}

    def close(self) -> None:
        with self._lock:
            for store in self._stores.values():
                store.close()
            self._stores = {}

    def at(self, t: int, against: str) -> SnapshotView:
        """The last snapshot at or before ``t`` (ns), else the first."""
        with self._lock:
            recorded, note = snapshot_before(self._all(), t, format_clock(t, fraction=True))
            return self._view(recorded, against)._replace(note=note)

    def neighbor(self, recorded: RecordedSnapshot, by: int, against: str) -> SnapshotView | None:
        """The snapshot ``by`` positions after ``recorded``; None where there is none."""
        with self._lock:
            index = self._index(recorded) + by
            return (
                self._view(self._recorded[index], against)
                if 0 <= index < len(self._recorded)
                else None
            )

    def compared(self, recorded: RecordedSnapshot, against: str) -> SnapshotView:
        """The same snapshot, compared with something else."""
        with self._lock:
            return self._view(recorded, against)

    def file(self, view: SnapshotView, path: str) -> Page:
        """A file of the snapshot."""
        with self._lock:
            store, snapshot = self._open(view.recorded)
            entry = view.contents.files[path]
            data, size = store.begin(snapshot, path, MAX_SHOWN_BYTES)
        if entry.is_link:
            return Page("note", path, [f"a symlink to {one_line(_text(data))}"])
        if b"\0" in data[:_BINARY_CHECK_BYTES]:
            return Page("note", path, [f"binary file, {size:,} bytes"])
        return Page("file", path, _lines(data), cut=size > len(data))

    def difference(self, view: SnapshotView, path: str = "") -> Page:
        """The diff of a file, or of all files."""
        if not view.other:
            return Page("note", path, ["This is the first snapshot: there is none before it."])
        with self._lock:
            store, _ = self._open(view.recorded)
            old, new = self._pair(view.recorded, view.against)
            data = unified_diff(store, old, new, [path] if path else [])
        lines = [line for line in view.more if not path or line.endswith(f"  {path}")]
        if data:
            lines += _lines(data)
        if not lines:
            return Page("note", path, ["No differences."])
        return Page("diff", path, lines, cut=len(data) > MAX_SHOWN_BYTES)

    # with the lock held

    def _all(self) -> list[RecordedSnapshot]:
        with Recording.open(self._path) as recording:
            self._recorded = recorded_snapshots(recording)
        if not self._recorded:
            raise InputError("this recording has no snapshots")
        return self._recorded

    def _index(self, recorded: RecordedSnapshot) -> int:
        return next(n for n, snapshot in enumerate(self._recorded) if snapshot.seq == recorded.seq)

    def _view(self, recorded: RecordedSnapshot, against: str) -> SnapshotView:
        number, total = self._index(recorded) + 1, len(self._recorded)
        contents = self._side(recorded).contents
        build = partial(SnapshotView, recorded, number, total, contents, against)
        earlier = self._before(recorded)
        if against == BEFORE and earlier is None:
            return build("", [], [])
        store, _ = self._open(recorded)
        old, new = self._pair(recorded, against)
        other = earlier.id if against == BEFORE and earlier else "now"
        return build(other, file_diffs(store, old, new), mode_and_folder_changes(old, new))

    def _pair(self, recorded: RecordedSnapshot, against: str) -> tuple[DiffSide, DiffSide]:
        """The older and the newer side."""
        mine = self._side(recorded)
        if against == NOW:
            return mine, self._present(recorded, mine)
        earlier = self._before(recorded)
        return (self._side(earlier) if earlier else mine), mine

    def _before(self, recorded: RecordedSnapshot) -> RecordedSnapshot | None:
        """The snapshot of the same directory before this one."""
        store = recorded.record.store
        earlier = self._recorded[: self._index(recorded)]
        return next((each for each in reversed(earlier) if each.record.store == store), None)

    def _open(self, recorded: RecordedSnapshot) -> tuple[SnapshotStore, Snapshot]:
        name, commit = recorded.record.store, recorded.record.commit
        if name not in self._stores:
            self._stores[name], self._snapshots[commit] = recorded.open(self._env)
        store = self._stores[name]
        if commit not in self._snapshots:
            self._snapshots[commit] = store.snapshot(commit)
        return store, self._snapshots[commit]

    def _side(self, recorded: RecordedSnapshot) -> DiffSide:
        store, snapshot = self._open(recorded)

        def make() -> DiffSide:
            return DiffSide(snapshot.tree, store.contents(snapshot))

        return _cached(self._sides, snapshot.commit, make)

    def _present(self, recorded: RecordedSnapshot, mine: DiffSide) -> DiffSide:
        """The directory now, read once for as long as the file browser is open."""
        store, snapshot = self._open(recorded)
        return _cached(self._now, snapshot.commit, lambda: workspace_side(store, mine, self._env))


def _cached(known: dict[str, DiffSide], key: str, make: Callable[[], DiffSide]) -> DiffSide:
    if key not in known:
        while len(known) >= _MAX_SIDES:
            del known[next(iter(known))]
        known[key] = make()
    return known[key]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _lines(data: bytes) -> list[str]:
    """Lines that are safe to show, tabs as blanks."""
    text = _text(data[:MAX_SHOWN_BYTES]).removesuffix("\n")
    return [one_line(line.rstrip("\r").expandtabs(8)) for line in text.split("\n")]
