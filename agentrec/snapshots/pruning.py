"""Which recordings may be removed, by number, age and size, and their snapshots with them."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import write_atomic
from agentrec.config import data_home
from agentrec.errors import AgentrecError, OutputError
from agentrec.locks import FileLock
from agentrec.recording.reader import Recording
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.snapshot_store import (
    MANUAL,
    SAFETY,
    TRANSACTION_PREFIX,
    SnapshotStore,
)
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.scan.workspace import stores_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DAY_NS = 86_400_000_000_000
_BLOCK_BYTES = 512  # of st_blocks


class SnapshotChain(NamedTuple):
    """The ``number`` of snapshots of one recording in one store; ``last`` is when the last was taken, ns."""

    store: SnapshotStore
    name: str
    number: int
    last: int
    file: str


class PruneCandidate(NamedTuple):
    """A recording, its file if it exists, and its snapshots; ``created`` is in ns since the epoch.

    ``fixed`` says why it cannot be removed; ``parent`` is the id of the recording it was branched from.
    """

    id: str
    created: int
    file: str
    size: int
    chains: list[SnapshotChain]
    fixed: str
    parent: str


class RetentionPolicy(NamedTuple):
    """None means no limit. What either of the first two keeps stays; then the oldest go by size."""

    keep_last: int | None
    keep_days: float | None
    max_size: int | None


def all_stores(env: Mapping[str, str]) -> Iterator[SnapshotStore]:
    """The stores of all workspaces."""
    folder = stores_folder(env)
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return
    for name in names:
        try:
            yield SnapshotStore.named(name, env)
        except SnapshotError:
            continue


def snapshot_chains(store: SnapshotStore) -> list[SnapshotChain]:
    """The chains of a store."""
    chains = []
    for name in store.chains():
        try:
            snapshots = store.chain(name)
        except SnapshotError:
            continue
        if snapshots:
            last = snapshots[-1]
            file = str(last.more.get("file", ""))
            chains.append(SnapshotChain(store, last.recording, len(snapshots), last.created, file))
    return chains


def prune_candidates(env: Mapping[str, str], recordings: str) -> list[PruneCandidate]:
    """All recordings and snapshots, the newest first. ``recordings`` is the directory of our recordings."""
    by_id: dict[str, list[SnapshotChain]] = {}
    for store in all_stores(env):
        for chain in snapshot_chains(store):
            by_id.setdefault(chain.name, []).append(chain)
    candidates = [_recording(path, by_id, ours=True) for path in _recording_files(recordings)]
    for name, mine in list(by_id.items()):
        file = next((chain.file for chain in mine if os.path.exists(chain.file)), "")
        if file and name not in (MANUAL, SAFETY):
            candidates.append(_recording(file, by_id, ours=False))
    for name, mine in by_id.items():
        why = "taken manually" if name == MANUAL else _why_in_use(mine)
        candidates.append(
            PruneCandidate(name, max(chain.last for chain in mine), "", 0, mine, why, "")
        )
    return sorted((item for item in candidates if item), key=lambda item: -item.created)


def _why_in_use(chains: list[SnapshotChain]) -> str:
    """Savepoints of a transaction stay while its worktree is there."""
    names = (chain for chain in chains if chain.name.startswith(TRANSACTION_PREFIX))
    return "an open transaction" if any(os.path.isdir(c.store.workspace) for c in names) else ""


def to_prune(
    every: list[PruneCandidate], policy: RetentionPolicy, now: int | None = None
) -> list[PruneCandidate]:
    """What to remove, the oldest first. Never what something that stays was branched from."""
    now = time.time_ns() if now is None else now
    kept = [item for rank, item in enumerate(every) if _is_kept(item, rank, policy, now)]
    if policy.max_size is not None:
        kept = _within(kept, policy.max_size)
    names = {item.id for item in kept}
    while needed := [item for item in every if item.id not in names and _needed(item, kept)]:
        kept += needed
        names |= {item.id for item in needed}
    return [item for item in reversed(every) if item.id not in names]


@contextmanager
def prune_lock(env: Mapping[str, str]) -> Iterator[None]:
    """Lets one process at a time look for what to remove, and remove it. Raises OutputError."""
    folder = data_home(env)
    lock = FileLock(os.path.join(folder, "prune.lock"))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        lock.__enter__()
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def removal_steps(gone: list[PruneCandidate]) -> int:
    """How many steps :func:`remove` takes: one for each recording and for each store with snapshots of it."""
    return len(gone) + len({chain.store.folder for item in gone for chain in item.chains})


def remove(gone: list[PruneCandidate], advance: Callable[[int], object] = int) -> list[str]:
    """Remove recordings and their snapshots; returns what could not be removed, and why.

    ``advance`` is called with the number of steps that are done.
    """
    troubles = []
    stores = {}
    for number, item in enumerate(gone):
        advance(number)
        for chain in item.chains:
            stores[chain.store.folder] = chain.store
            with chain.store.lock():
                chain.store.remove_head(chain.name)
        if item.file:
            try:
                os.unlink(item.file)
            except FileNotFoundError:
                continue  # somebody else removed it
            except OSError as error:
                troubles.append(f"{item.file}: {error.strerror}")
    for number, store in enumerate(stores.values(), len(gone)):
        advance(number)
        collect_garbage(store)
    return troubles


def forget(recording: str, env: Mapping[str, str]) -> list[str]:
    """Remove the snapshots and kept conversations of one recording; returns what could not be removed.

    Snapshots that other recordings have, too, stay theirs.
    """
    troubles = []
    try:
        with prune_lock(env):
            for store in all_stores(env):
                if store.head(recording) or Shelf(store).needed(recording):
                    _forget_in(store, recording)
    except AgentrecError as error:
        troubles.append(f"snapshots of the recording are left: {error}")
    return troubles


def _forget_in(store: SnapshotStore, recording: str) -> None:
    with store.lock():
        store.remove_head(recording)
    collect_garbage(store)


def collect_garbage(store: SnapshotStore) -> None:
    """Free the space of objects that no snapshot needs. Raises SnapshotError."""
    with store.lock():
        write_atomic(os.path.join(store.folder, "epoch"), os.urandom(8).hex().encode())
        store.close()
        store.git("repack", "-a", "-d", "-q", "--window=20")
        store.git("prune", "--expire=now")
        Shelf(store).remove_unneeded()
        store.sweep()


def disk_usage(folder: str) -> int:
    """The bytes that a directory takes on disk."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * _BLOCK_BYTES
            except OSError:
                continue
    return total


def _within(kept: list[PruneCandidate], limit: int) -> list[PruneCandidate]:
    """The newest ones that together take no more than ``limit`` bytes."""
    folders = {chain.store.folder for item in kept for chain in item.chains}
    total = sum(item.size for item in kept) + sum(map(disk_usage, folders))
    kept = list(kept)
    for item in reversed(list(kept)):
        if total <= limit:
            break
        if not item.fixed:
            kept.remove(item)
            total -= item.size + sum(_own_bytes(chain, kept) for chain in item.chains)
    return kept


def _own_bytes(chain: SnapshotChain, kept: list[PruneCandidate]) -> int:
    """The bytes of a store that only this chain needs."""
    others = [
        chain.store.head(other.name)
        for item in kept
        for other in item.chains
        if other.store.folder == chain.store.folder
    ]
    mine = chain.store.head(chain.name)
    files = chain.store.git("rev-list", "--disk-usage", "--objects", mine, "--not", *others)
    names = {
        other.name
        for item in kept
        for other in item.chains
        if other.store.folder == chain.store.folder
    }
    return int(files) + Shelf(chain.store).own_bytes(chain.name, names)


def _is_kept(item: PruneCandidate, rank: int, policy: RetentionPolicy, now: int) -> bool:
    if item.fixed or (policy.keep_last is None and policy.keep_days is None):
        return True
    if policy.keep_last is not None and rank < policy.keep_last:
        return True
    return policy.keep_days is not None and now - item.created <= policy.keep_days * DAY_NS


def _needed(item: PruneCandidate, kept: list[PruneCandidate]) -> bool:
    return any(other.parent == item.id for other in kept)


def _recording_files(folder: str) -> Iterator[str]:
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".ahr"):
                yield os.path.join(path, name)


def _recording(
    path: str, by_id: dict[str, list[SnapshotChain]], *, ours: bool
) -> PruneCandidate | None:
    """A recording's file and its chains, which are removed from ``by_id``."""
    try:
        with Recording.outside(path) as recording:
            header, live = recording.header, recording.live
        status = os.stat(path)
    except (AgentrecError, OSError):
        return None
    name = str(header.get("id", ""))
    if not name or (name not in by_id and not ours):
        return None
    parent = header.get("parent")
    why = "being recorded" if live else "" if ours else f"its recording is {path}"
    return PruneCandidate(
        name,
        status.st_mtime_ns,
        path if ours else "",
        status.st_size if ours else 0,
        by_id.pop(name, []),
        why,
        str(parent.get("id", "")) if isinstance(parent, dict) else "",
    )
