"""Recordings of a remote that are not in its index: they were pushed without it."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.fleet.bucket.object_names import folder
from agentrec.fleet.bucket.remote_listing import read_version, remote_recordings
from agentrec.fleet.index.index_names import index_key
from agentrec.fleet.index.indexing import index_file
from agentrec.fleet.query.index_query import INDEX, IndexQuery

if TYPE_CHECKING:
    from agentrec.fleet.bucket.file_parts import Transfers
    from agentrec.fleet.bucket.object_names import VersionName
    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.query.engine import IndexEngine

_THERE = (
    "SELECT recording, splitByChar('-', splitByChar('~', revision)[1])[-1] AS identity"
    f" FROM {INDEX} WHERE item = 'recording'"
)


def missing_versions(remote: Remote, engine: IndexEngine) -> list[VersionName]:
    """The newest version of each recording that is not in the index. Raises RemoteError."""
    there = {(row["recording"], row["identity"]) for row in engine.rows(IndexQuery(_THERE))}
    newest = [one.newest for one in remote_recordings(remote).values()]
    return [one for one in newest if (one.id, one.identity) not in there]


def add_version(transfers: Transfers, version: VersionName, spool: str) -> None:
    """Download a recording and write its rows. Raises AgentrecError, OSError."""
    stored = read_version(transfers.remote, version)
    with tempfile.TemporaryDirectory(dir=spool) as place:
        path = os.path.join(place, "recording.ahr")
        with open(path, "w+b") as file:
            transfers.download(stored.recording, file.fileno(), folder(version.id))
        masked = stored.about["masked"] is True
        made = index_file(version, path, stored.recording.size, masked=masked)
    if made.fault:
        raise InputError(made.fault)
    transfers.remote.create(index_key(version), made.data, must_be_same=False)
