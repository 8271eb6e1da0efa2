"""What removing a recording takes away, and what depends on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.errors import AgentrecError, UsageError
from agentrec.golden.golden_store import GoldenStore
from agentrec.json_values import table, text
from agentrec.library.filters import Filters
from agentrec.library.listing import list_recordings
from agentrec.library.pins import Pins
from agentrec.recording.format.header import origin_ids
from agentrec.recording.reader import Recording
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.pruning import PruneCandidate, SnapshotChain, remove, snapshot_chains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

_BRANCHES = ("branch", "rerun")


@dataclass(frozen=True, slots=True)
class RecordingRemoval:
    """A recording to remove. ``copies`` are other files with the same recording, ``cuts`` files made of it.

    ``branches`` and ``golden`` are the ids of branches that stay, and the names of golden runs. ``source`` is
    the agent's file that it was imported from, if that is still there.
    """

    file: str
    id: str
    size: int
    notes: int
    pinned: bool
    branches: list[str]
    golden: list[str]
    cuts: list[str]
    copies: list[str]
    chains: list[SnapshotChain]
    source: str = ""

    @property
    def snapshots(self) -> int:
        """How many snapshots it has on this machine."""
        return sum(chain.number for chain in self.chains)

    @property
    def keeps_snapshots(self) -> bool:
        """Whether something else needs its snapshots."""
        return bool(self.cuts or self.copies)

    def as_json(self) -> JsonObject:
        """As a JSON object; sizes in bytes."""
        return {
            "file": self.file,
            "id": self.id,
            "size": self.size,
            "notes": self.notes,
            "snapshots": self.snapshots,
            "keeps_snapshots": self.keeps_snapshots,
            "pinned": self.pinned,
            "branches": self.branches,
            "golden": self.golden,
            "cuts": self.cuts,
            "copies": self.copies,
            "source": self.source or None,
        }


def planned(
    paths: Sequence[str], library: LibraryDb, filters: Filters, env: Mapping[str, str]
) -> list[RecordingRemoval]:
    """What removing these files means. Raises AgentrecError, UsageError for one in progress."""
    rows = list_recordings(library, filters)
    golden = GoldenStore(env).every()
    pins = Pins(data_home(env)).read()
    leaving = set(paths)
    stays = [row for row in rows if row["path"] not in leaving]
    cuts = [(row["path"], _origins(row["path"])) for row in stays if row["relation"] == "cut"]
    return [
        _removal(path, stays, cuts, {one.name: one.id for one in golden}, pins, env)
        for path in paths
    ]


def _removal(
    path: str,
    stays: Iterable[RecordingRow],
    cuts: Iterable[tuple[str, list[str]]],
    golden: Mapping[str, str],
    pins: set[str],
    env: Mapping[str, str],
) -> RecordingRemoval:
    with Recording.outside(path) as recording:
        if recording.live:
            raise UsageError(f"{path} is still being recorded", "wait for it to end")
        name, size = text(recording.header.get("id")), recording.disk_size
        source = text(table(recording.header.get("imported")).get("path"))
        notes = recording.index.counts.get("mark/note", 0)
        stores = {one.record.store for one in recorded_snapshots(recording)}
    if not name:
        return RecordingRemoval(path, "", size, notes, False, [], [], [], [], [])
    mine = [row for row in stays if row["parent"] == name and row["relation"] in _BRANCHES]
    return RecordingRemoval(
        path,
        name,
        size,
        notes,
        name in pins,
        [row["session"] for row in mine],
        [one for one, identity in golden.items() if identity == name],
        [file for file, origins in cuts if name in origins],
        [row["path"] for row in stays if row["session"] == name],
        list(_chains(name, stores, env)),
        source if os.path.isabs(source) and os.path.exists(source) else "",
    )


def _origins(path: str) -> list[str]:
    try:
        with Recording.outside(path) as recording:
            return origin_ids(recording.header)[1:]
    except AgentrecError:
        return []


def _chains(name: str, stores: Iterable[str], env: Mapping[str, str]) -> Iterable[SnapshotChain]:
    for store_name in stores:
        try:
            store = SnapshotStore.named(store_name, env)
        except SnapshotError:  # on another machine
            continue
        yield from (chain for chain in snapshot_chains(store) if chain.name == name)


def remove_all(
    removals: Sequence[RecordingRemoval], env: Mapping[str, str], advance: Callable[[int], object]
) -> list[str]:
    """Remove them; returns what could not be removed, and why. Raises AgentrecError."""
    gone = []
    for one in removals:
        for name in one.golden:
            GoldenStore(env).remove(name)
        if one.pinned:
            Pins(data_home(env)).change(one.id, pinned=False)
        chains = [] if one.keeps_snapshots else one.chains
        created = os.stat(one.file).st_mtime_ns
        gone.append(PruneCandidate(one.id, created, one.file, one.size, chains, "", ""))
    return remove(gone, advance)
