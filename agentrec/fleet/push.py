"""Uploads recordings: first the files, then what can be found in them, then the version that names all."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.attachments import copy_conversation
from agentrec.fleet.bucket.file_parts import measure
from agentrec.fleet.bucket.object_names import (
    CONVERSATION,
    PACK,
    folder,
    identity_of,
    parse_version,
)
from agentrec.fleet.bucket.stored_version import StoredConversation, StoredSnapshots, StoredVersion
from agentrec.fleet.index.index_names import index_key
from agentrec.fleet.index.indexing import index_file
from agentrec.fleet.local_recording import (
    LocalRecording,
    local_recording,
    masked_recording,
    pack_first,
    source_of,
)
from agentrec.library.filters import ENCRYPTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.fleet.bucket.file_parts import Transfers
    from agentrec.fleet.bucket.remote import RemoteObject
    from agentrec.fleet.bucket.stored_version import StoredFile

PUSHED, THERE = "pushed", "already there"


class PushResult(NamedTuple):
    """What was done: PUSHED or THERE, the object that names the version, and the bytes that its files have.

    ``missing`` is the number of stores with snapshots of it that are not on this machine. ``unsearchable`` is
    why nothing of it is in the index, or empty.
    """

    state: str
    id: str
    key: str
    size: int | None  # None if it was there
    snapshots: bool
    missing: int
    unsearchable: str = ""


class Pusher:
    """Pushes recordings through ``transfers``. ``spool`` is a folder for what is made on the way.

    With ``redact`` a masked copy of the recording is pushed, without snapshots and conversations.
    """

    def __init__(
        self, transfers: Transfers, spool: str, env: Mapping[str, str], *, redact: bool = False
    ) -> None:
        self._transfers, self._remote = transfers, transfers.remote
        self._spool, self._env, self._redact = spool, env, redact

    def push(self, path: str) -> PushResult:
        """Push the recording at ``path``. Raises AgentrecError, OSError."""
        pack_first(path, self._env)
        with ExitStack() as stack:
            local = stack.enter_context(local_recording(path, self._env))
            there = {one.key: one for one in self._remote.list(folder(local.name.id))}
            spool = stack.enter_context(
                tempfile.TemporaryDirectory(dir=self._spool, ignore_cleanup_errors=True)
            )
            if self._redact:
                if key := _masked_version(local, there):
                    return self._done(local, key)
                local = stack.enter_context(masked_recording(local, path, spool))
            if key := _version(local, there):
                return self._done(local, key)
            return self._upload(local, there, spool)

    def _done(self, local: LocalRecording, key: str) -> PushResult:
        self._transfers.count(local.file.size)
        has_snapshots = bool(local.snapshots) and not self._redact
        return PushResult(THERE, local.name.id, key, None, has_snapshots, local.missing)

    def _upload(
        self, local: LocalRecording, there: Mapping[str, RemoteObject], spool: str
    ) -> PushResult:
        self._transfers.upload(local.file, local.fd, folder(local.name.id), there)
        snapshots, conversations = [], []
        for one in local.snapshots:
            pack = os.path.join(spool, "pack")
            one.pack(pack)
            stored = self._file(pack, PACK, local, there)
            snapshots.append(
                StoredSnapshots(one.store.name, one.store.workspace, one.heads, stored)
            )
            for name, transcript, kept in one.conversations():
                copy = os.path.join(spool, "conversation")
                try:
                    copy_conversation(kept, copy)
                except FileNotFoundError:
                    continue  # only its name was kept: the recorder was killed
                stored = self._file(copy, CONVERSATION, local, there)
                conversations.append(StoredConversation(one.store.name, name, transcript, stored))
        index, fault = self._index(local)
        version = StoredVersion(
            local.name, local.file, tuple(snapshots), tuple(conversations), local.about, index
        )
        # Another may have written the same version at the same time, of objects of its own.
        self._remote.create(local.name.key, version.to_json(), must_be_same=False)
        return PushResult(
            *(PUSHED, local.name.id, local.name.key, version.size, bool(snapshots), local.missing),
            unsearchable=fault,
        )

    def _index(self, local: LocalRecording) -> tuple[str, str]:
        """Write the rows of a recording; the object that has them, and why there is none or no text in it."""
        masked = local.about["masked"] is True
        made = index_file(local.name, local.path, local.file.size, masked=masked)
        if made.fault:
            return "", made.fault
        key = index_key(local.name)
        self._remote.create(key, made.data, must_be_same=False)
        return key, "it is encrypted" if local.about["state"] == ENCRYPTED else ""

    def _file(
        self, path: str, suffix: str, local: LocalRecording, there: Mapping[str, RemoteObject]
    ) -> StoredFile:
        """Upload a file of the spool, and remove it."""
        try:
            with open(path, "rb") as file:
                stored = measure(file.fileno(), os.fstat(file.fileno()).st_size, suffix)
                self._transfers.upload(stored, file.fileno(), folder(local.name.id), there)
        finally:
            os.unlink(path)
        return stored


def _version(local: LocalRecording, there: Mapping[str, RemoteObject]) -> str:
    """The object that names just this version, or empty."""
    versions = filter(None, map(parse_version, there))
    return next((one.key for one in versions if one.identity == local.name.identity), "")


def _masked_version(local: LocalRecording, there: Mapping[str, RemoteObject]) -> str:
    """The object that names a masked copy of this recording, or this recording if it is such a copy."""
    versions = filter(None, map(parse_version, there))
    source, identity = source_of(local), identity_of(local.file.sha256, {})
    masked = (one for one in versions if one.source)
    return next((one.key for one in masked if source == one.source or identity == one.identity), "")
