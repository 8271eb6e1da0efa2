"""Which files have to be compared with the index.

All of them, unless there are very many. Then a folder that holds the same names as when all its
recordings were read is not read again, for at most an hour: a file that was replaced has another name
for a moment, and what adds to a finished recording touches its folder. Files that may still change
are looked at each time.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.library.discovery import (
    MAX_DEPTH,
    FolderStamp,
    Stamp,
    is_recording,
    is_storable,
    list_folder,
    stamp_of,
)
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.library.index.library_db import LibraryDb

# From so many recordings on.
MANY = 5_000
TRUSTED_SECONDS = 3600.0
# A folder may change twice in the same tick of its file system's clock.
_SETTLING_NS = 2 * NS_PER_SECOND
# Never the state of a folder.
_UNKNOWN = FolderStamp(0, 0, 0)


class Looked(NamedTuple):
    """What was found. ``stamps`` are files by path, ``unstorable`` paths that are not UTF-8.

    ``folders`` are those that were read, by path, with what identifies their state, and ``vanished``
    those that are no longer there; both None if everything was looked at and nothing is to be remembered.
    """

    stamps: dict[str, Stamp]
    unstorable: list[str]
    unreadable: list[str]
    folders: dict[str, FolderStamp] | None
    vanished: list[str]


class _Known(NamedTuple):
    """A folder in the index."""

    stamp: FolderStamp
    inner: list[str]
    looked: float


def look(library: LibraryDb, roots: Sequence[str]) -> Looked:
    """Look at what may have changed below ``roots``. Raises OutputError."""
    known = _known_folders(library)
    walk = _Walk(known or {})
    for root in roots:
        walk.add(root)
    if known is None:
        return Looked(walk.stamps, walk.unstorable, walk.unreadable, None, [])
    walk.look_at(_unsettled(library, walk.kept))
    return Looked(walk.stamps, walk.unstorable, walk.unreadable, walk.folders, walk.vanished(roots))


def remember(library: LibraryDb, looked: Looked) -> None:
    """The recordings of the folders that were read are all in the index now. Raises OutputError."""
    if looked.folders is None:
        return
    known = _known_folders(library) or {}
    now = time.time()
    rows = [
        (path, os.path.dirname(path), *stamp, now)
        for path, stamp in looked.folders.items()
        if not (path in known and known[path].stamp == stamp == _UNKNOWN)
    ]
    if rows or looked.vanished:
        with library.writing() as db:
            db.executemany("INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?, ?)", rows)
            gone = [(path,) for path in looked.vanished]
            db.executemany("DELETE FROM folders WHERE path = ?", gone)


def _known_folders(library: LibraryDb) -> dict[str, _Known] | None:
    """The folders in the index by path; None if there are so few recordings that all are looked at."""
    known: dict[str, _Known] = {}
    parents = []
    with library.reading() as db:
        if not db.execute("SELECT 1 FROM recordings LIMIT 1 OFFSET ?", [MANY - 1]).fetchone():
            return None
        for row in db.execute("SELECT * FROM folders"):
            stamp = FolderStamp(row["device"], row["inode"], row["modified"])
            known[row["path"]] = _Known(stamp, [], row["looked"])
            parents.append((row["parent"], row["path"]))
    for parent, path in parents:
        if parent in known:
            known[parent].inner.append(path)
    return known


def _unsettled(library: LibraryDb, folders: set[str]) -> list[str]:
    """The recordings in ``folders`` that may change without leaving a trace there."""
    with library.reading() as db:
        rows = db.execute("SELECT path, folder FROM recordings WHERE NOT settled")
        return [row["path"] for row in rows if row["folder"] in folders]


class _Walk:
    def __init__(self, known: dict[str, _Known]) -> None:
        self._known = known
        self.stamps: dict[str, Stamp] = {}
        self.unstorable: list[str] = []
        self.unreadable: list[str] = []
        self.folders: dict[str, FolderStamp] = {}
        self.kept: set[str] = set()

    def add(self, root: str) -> None:
        """Look at a folder with everything in it, or at one recording."""
        if is_recording(root):
            self._keep(root, stamp_of(os.stat(root)))
            return
        folders = [(root, 0)]
        while folders:
            folder, depth = folders.pop()
            try:
                inner = self._look_in(folder)
            except FileNotFoundError:
                continue  # deleted meanwhile, or not created yet
            except OSError:
                self.unreadable.append(folder)
                self.folders[folder] = _UNKNOWN
                continue
            if depth < MAX_DEPTH:
                folders += [(path, depth + 1) for path in inner]

    def look_at(self, paths: Sequence[str]) -> None:
        for path in paths:
            try:
                self._keep(path, stamp_of(os.stat(path)))
            except OSError:
                continue  # it has just been removed

    def vanished(self, roots: Sequence[str]) -> list[str]:
        """Known folders below ``roots`` that are not there any more."""
        seen = self.kept | self.folders.keys()
        hidden = tuple(os.path.join(path, "") for path in self.unreadable)
        places = tuple(os.path.join(root, "") for root in roots)
        return [
            path
            for path in self._known.keys() - seen
            if os.path.join(path, "").startswith(places) and not path.startswith(hidden)
        ]

    def _look_in(self, folder: str) -> list[str]:
        """Look at the recordings in a folder; returns the folders in it."""
        now = time.time()
        status = os.stat(folder)
        stamp = FolderStamp(status.st_dev, status.st_ino, status.st_mtime_ns)
        known = self._known.get(folder)
        if known and known.stamp == stamp and 0 <= now - known.looked < TRUSTED_SECONDS:
            self.kept.add(folder)
            return known.inner
        listing = list_folder(folder)
        is_plain = sum(self._keep(*found) for found in listing.stamps.items()) == len(
            listing.stamps
        )
        is_settled = now * NS_PER_SECOND - stamp.modified >= _SETTLING_NS
        trusted = is_plain and is_settled and not listing.has_links
        if is_storable(folder):
            self.folders[folder] = stamp if trusted else _UNKNOWN
        return listing.folders

    def _keep(self, path: str, stamp: Stamp) -> bool:
        """Note a file; false if the index cannot hold it."""
        if is_storable(path):
            self.stamps[path] = stamp
            return True
        self.unstorable.append(path)
        return False
