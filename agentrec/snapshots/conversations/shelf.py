"""The folder of a store that holds conversations.

Layout of ``conversations/`` in a store's directory (0700)::

    KEY.N        a transcript, see ``kept_file``; KEY is made of its path, N counts: it was rewritten
    needed/ID    which of these files a recording needs, as JSON: ``{path of the transcript: [names]}``
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

from agentrec.atomic import PART, write_atomic
from agentrec.snapshots.conversations.kept_file import blocks
from agentrec.snapshots.gitstore.snapshot_store import ref_name

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

FOLDER = "conversations"
_NEEDED = "needed"
_MAX_LIST_BYTES = 1 << 20
_NAME = re.compile(r"[0-9a-f]{16}\.\d{1,6}")


class Shelf:
    """The conversations in a store."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self.folder = os.path.join(store.folder, FOLDER)

    def names(self, path: str) -> list[str]:
        """The files that may hold the transcript at ``path``, the newest first."""
        key = _key(path) + "."
        found = [name for name in self._files() if name.startswith(key)]
        return sorted(found, key=_number, reverse=True)

    def new_name(self, path: str) -> str:
        """A name that no file has yet."""
        taken = self.names(path)
        return f"{_key(path)}.{_number(taken[0]) + 1 if taken else 1}"

    def file(self, name: str) -> str:
        """The path of a file."""
        return os.path.join(self.folder, name)

    def need(self, recording: str, path: str, name: str) -> None:
        """Note that ``recording`` needs the file ``name``. Only under the store's lock. Raises OSError."""
        for folder in (self.folder, os.path.join(self.folder, _NEEDED)):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        needed = self.needed(recording)
        names = needed.setdefault(path, [])
        if name not in names:
            names.append(name)
            write_atomic(self._list(recording), json.dumps(needed).encode(), self.folder)

    def needed(self, recording: str) -> dict[str, list[str]]:
        """The files that a recording needs, by the path of the transcript; the newest last."""
        try:
            with open(self._list(recording), "rb") as file:
                stored = json.loads(file.read(_MAX_LIST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(stored, dict):
            return {}
        return {
            path: [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]
            for path, names in stored.items()
            if isinstance(names, list)
        }

    def kept(self, recording: str, path: str) -> list[str]:
        """The files that hold the transcript at ``path`` for a recording, the newest first."""
        return [self.file(name) for name in reversed(self.needed(recording).get(path, []))]

    def bytes_of(self, recording: str) -> int:
        """What the transcripts of a recording are as the agent wrote them, in bytes."""
        return sum(_length(path) for path in self._paths(recording))

    def own_bytes(self, recording: str, others: set[str]) -> int:
        """The bytes on disk that a recording needs and none of the ``others`` does."""
        shared = {path for other in others for path in self._paths(other)}
        return sum(_disk_bytes(path) for path in self._paths(recording) - shared)

    def remove_unneeded(self) -> None:
        """Remove what no recording with snapshots needs. Only under the store's lock."""
        chains = {ref_name(name) for name in self._store.chains()}
        folder = os.path.join(self.folder, _NEEDED)
        needed: set[str] = set()
        for name in _listed(folder):
            if name in chains:
                needed |= {os.path.basename(path) for path in self._paths(name)}
            else:
                _remove(os.path.join(folder, name))
        for name in _listed(self.folder):
            if name not in needed and (_NAME.fullmatch(name) or name.endswith(PART)):
                _remove(os.path.join(self.folder, name))

    def _paths(self, recording: str) -> set[str]:
        return {self.file(name) for names in self.needed(recording).values() for name in names}

    def _list(self, recording: str) -> str:
        return os.path.join(self.folder, _NEEDED, ref_name(recording))

    def _files(self) -> list[str]:
        return [name for name in _listed(self.folder) if _NAME.fullmatch(name)]


def _key(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _number(name: str) -> int:
    return int(name.rpartition(".")[2])


def _length(path: str) -> int:
    try:
        with open(path, "rb") as file:
            return max((block.end for block in blocks(file)), default=0)
    except OSError:
        return 0


def _disk_bytes(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
