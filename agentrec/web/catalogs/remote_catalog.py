"""The recordings in a remote: listed as the remote says, opened by reading ranges of them."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from io import BufferedReader
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, InputError
from agentrec.fleet.bucket.object_names import folder
from agentrec.fleet.bucket.ranged_file import FetchedFiles
from agentrec.fleet.bucket.remote_listing import read_newest, remote_recordings
from agentrec.json_values import amount, text, words
from agentrec.library.discovery import Stamp
from agentrec.library.index.digest import Digest
from agentrec.library.index.index_writer import write_reading
from agentrec.library.index.library_db import COLUMNS
from agentrec.library.index.reading import Reading
from agentrec.recording.encryption.encrypted_input import is_encrypted, opened
from agentrec.recording.reader import Recording
from agentrec.times import NS_PER_SECOND
from agentrec.web.catalogs.catalog import Catalog
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.bucket.stored_version import StoredVersion
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

# The remote is listed at most this often.
LIST_SECONDS = 30.0
_BUFFER_BYTES = 64 << 10
_TEXTS = tuple(name for name, kind in COLUMNS.items() if kind == "TEXT")


class RemoteCatalog(Catalog):
    """Everything in ``remote``. Its index is a file of its own, which goes with this."""

    def __init__(self, remote: Remote, env: Mapping[str, str]) -> None:
        super().__init__([], env)
        self._remote, self._root = remote, remote.url.rstrip("/")
        self.roots = [self._root]
        self._temporary = tempfile.TemporaryDirectory(prefix="agentrec-remote-")
        self._folder = self._temporary.name
        self._versions: dict[str, StoredVersion] = {}  # by path
        self._listed = threading.Lock()
        self._listed_at = 0.0
        self._files = FetchedFiles(remote)

    def close(self) -> None:
        self._files.close()
        self._temporary.cleanup()

    def open(self, path: str) -> Recording:
        """The recording at a path of the index. Raises InputError, FormatError, EncryptedError."""
        version = self._versions.get(path)
        if version is None:
            raise InputError(f"{path} is not in the remote any more")
        raw = self._files.open(folder(version.name.id), version.recording)
        file: BinaryIO = BufferedReader(raw, _BUFFER_BYTES)
        try:
            if is_encrypted(file):
                file = opened(file, version.name.id)
            return Recording(file, path)
        except BaseException:
            file.close()
            raise

    def row(self, name: str) -> RecordingRow:
        with self.library() as library:
            row = self._find(library, name)
            if row is None:
                self._update(library)
                row = self._find(library, name)
        if row is None:
            raise ProblemError(404, f"no recording {name[:200]}")
        return row

    def find(self, session: str) -> RecordingRow | None:
        with self.library() as library:
            return self._find(library, session)

    def _update(self, library: LibraryDb, _wait: float = 0.0) -> None:
        """List the remote again. Raises RemoteError."""
        with self._listed:
            if self._listed_at and time.monotonic() - self._listed_at < LIST_SECONDS:
                return
            self._list(library)
            self._listed_at = time.monotonic()

    def _list(self, library: LibraryDb) -> None:
        there = remote_recordings(self._remote)
        paths = {f"{self._root}/{one.newest.key}": one for one in there.values()}
        with library.writing() as db:
            for path in self._versions.keys() - paths.keys():
                db.execute("DELETE FROM recordings WHERE path = ?", [path])
        new = [one for path, one in paths.items() if path not in self._versions]
        faults = []
        for recording, version in read_newest(self._remote, new):
            path = f"{self._root}/{recording.newest.key}"
            if isinstance(version, AgentrecError):
                faults.append((path, str(version)))
                continue
            looked = time.time()
            reading = Reading(_digest(version), looked, 0.0, "")
            write_reading(library, path, Stamp(0, 0, version.recording.size, 0), reading)
            self._versions[path] = version
        self.faults = faults
        for path in self._versions.keys() - paths.keys():
            del self._versions[path]


def _digest(version: StoredVersion) -> Digest:
    """What the list shows of a version: nothing of what is inside was read."""
    about = version.about
    command = words(about.get("command"))
    cwd = text(about.get("cwd"))
    columns: JsonObject = {name: "" if name in _TEXTS else 0 for name in COLUMNS}
    columns |= {
        "session": version.name.id,
        "duration": round((amount(about.get("duration")) or 0.0) * NS_PER_SECOND),
        "title": text(about.get("title")),
        "command": json.dumps(command),
        "program": os.path.basename(command[0]) if command else "",
        "cwd": cwd,
        "project": cwd,
        "state": text(about.get("state")),
        "events": version.name.events,
        **dict.fromkeys(("exit_code", "exit_signal", "failed", "cost")),
        "unseen": 1,  # a search does not cover it
        "encrypted": int(about.get("state") == "encrypted"),
    }
    return Digest(version.name.created, columns, [], [], [], [], [], [])
