"""Snapshots and kept conversations that belong to a recording: found here, packed, and put back elsewhere."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import create_part, publish
from agentrec.errors import OutputError
from agentrec.recording.format.header import origin_ids
from agentrec.snapshots.conversations.kept_file import blocks
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.chain_pack import has_chains, take_chain_pack, write_chain_pack
from agentrec.snapshots.gitstore.snapshot_store import (
    MANUAL,
    SAFETY,
    TRANSACTION_PREFIX,
    SnapshotStore,
)
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.snapshots.model import SnapshotError, SnapshotReadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.fleet.bucket.stored_version import (
        StoredConversation,
        StoredSnapshots,
        StoredVersion,
    )
    from agentrec.recording.reader import Recording

_COPY_BYTES = 1 << 20


class LocalSnapshots(NamedTuple):
    """Snapshots of a recording on this machine: the head of each of its chains in one store."""

    store: SnapshotStore
    heads: dict[str, str]

    def pack(self, path: str) -> None:
        """Write them to a file. Raises SnapshotError."""
        write_chain_pack(self.store, self.heads, path)

    def conversations(self) -> Iterator[tuple[str, str, str]]:
        """Kept transcripts: the recording that needs one, its path for the agent, the file that has it."""
        shelf = Shelf(self.store)
        for name in self.heads:
            for path, files in shelf.needed(name).items():
                yield from ((name, path, shelf.file(file)) for file in files)


def local_snapshots(
    recording: Recording, env: Mapping[str, str]
) -> tuple[list[LocalSnapshots], int]:
    """The snapshots of a recording by store, and how many stores are not on this machine."""
    names = sorted({snapshot.record.store for snapshot in recorded_snapshots(recording)} - {""})
    ids = [name for name in origin_ids(recording.header) if not is_reserved(name)]
    found, missing = [], 0
    for name in names:
        try:
            store = SnapshotStore.named(name, env)
        except SnapshotError:
            missing += 1
            continue
        heads = {chain: head for chain in ids if (head := store.head(chain))}
        if heads:
            found.append(LocalSnapshots(store, heads))
        else:
            missing += 1
    return found, missing


def is_reserved(name: str) -> bool:
    """Whether chains of that name are of no recording."""
    return name in (MANUAL, SAFETY) or name.startswith(TRANSACTION_PREFIX)


def copy_conversation(source: str, target: str) -> None:
    """Copy the whole blocks of a kept transcript, which another recording may still write. Raises OSError."""
    with open(source, "rb") as file, open(target, "wb") as out:
        end = max((block.position + block.packed for block in blocks(file)), default=0)
        file.seek(0)
        while end and (piece := file.read(min(end, _COPY_BYTES))):
            out.write(piece)
            end -= len(piece)


def check_chains(version: StoredVersion, header: Mapping[str, object]) -> None:
    """Raises SnapshotError if a version brings snapshots or transcripts of other recordings."""
    own = set(origin_ids(dict(header)))
    brought = {name for one in version.snapshots for name in one.heads}
    brought |= {one.recording for one in version.conversations}
    if wrong := sorted(name for name in brought if name not in own or is_reserved(name)):
        raise SnapshotReadError(f"it has snapshots of another recording: {wrong[0][:80]}")


def has_attachments(version: StoredVersion, env: Mapping[str, str]) -> bool:
    """Whether everything that belongs to a version is on this machine."""
    return all(_has_snapshots(one, env) for one in version.snapshots) and all(
        _has_conversation(one, env) for one in version.conversations
    )


def _has_snapshots(stored: StoredSnapshots, env: Mapping[str, str]) -> bool:
    try:
        store = SnapshotStore.named(stored.store, env)
    except SnapshotError:
        return False
    return has_chains(store, stored.heads)


def _has_conversation(stored: StoredConversation, env: Mapping[str, str]) -> bool:
    return any(_size(path) >= stored.file.size for path in _kept(stored, env))


def new_conversations(version: StoredVersion, env: Mapping[str, str]) -> list[StoredConversation]:
    """Those to put here: of the recording itself all; of one it was cut from none that has some here, for
    they may be made up."""
    return [
        one
        for one in version.conversations
        if one.recording == version.name.id or not _kept(one, env)
    ]


def _kept(stored: StoredConversation, env: Mapping[str, str]) -> list[str]:
    try:
        shelf = Shelf(SnapshotStore.named(stored.store, env))
    except SnapshotError:
        return []
    return shelf.kept(stored.recording, stored.path)


def put_snapshots(stored: StoredSnapshots, pack: str, env: Mapping[str, str]) -> None:
    """Add the pack at ``pack`` to the store that it is of. Raises SnapshotError."""
    store = SnapshotStore.adopted(stored.store, stored.workspace, env)
    try:
        take_chain_pack(store, stored.heads, pack)
    finally:
        store.close()


def put_conversation(stored: StoredConversation, path: str, env: Mapping[str, str]) -> None:
    """Keep the transcript at ``path`` for its recording; one that is here already is shared.

    The snapshots are there before. Raises SnapshotError, OutputError.
    """
    store = SnapshotStore.named(stored.store, env)
    shelf = Shelf(store)
    with store.lock():
        try:
            same = (name for name in shelf.names(stored.path) if _begins(shelf.file(name), path))
            if name := next(same, ""):
                shelf.need(stored.recording, stored.path, name)
                return
            name = shelf.new_name(stored.path)
            shelf.need(stored.recording, stored.path, name)
            part, fd = create_part(shelf.file(name))
            with open(path, "rb") as source, open(fd, "wb") as out:
                shutil.copyfileobj(source, out, _COPY_BYTES)
            publish(part, shelf.file(name), overwrite=False)
        except OSError as error:
            raise OutputError(f"cannot write {shelf.folder}: {error.strerror}") from None


def _begins(whole: str, start: str) -> bool:
    """Whether the file ``whole`` begins with what is in ``start``."""
    with open(whole, "rb") as one, open(start, "rb") as other:
        while piece := other.read(_COPY_BYTES):
            if one.read(len(piece)) != piece:
                return False
    return True


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return -1
