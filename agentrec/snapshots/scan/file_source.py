"""Where a scan gets its files from: the directory as it is now, or as a first look has seen it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from agentrec.snapshots.scan.file_reader import (
    is_fresh,
    key_of,
    read_file,
    read_ignore_file,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.directory_tree import DirectoryNode, FileKey, SeenFile
    from agentrec.snapshots.scan.file_reader import FileStatus

    class Entry(Protocol):
        """What a scan needs of ``os.DirEntry``."""

        @property
        def name(self) -> str: ...
        def is_dir(self, *, follow_symlinks: bool = True) -> bool: ...
        def is_file(self, *, follow_symlinks: bool = True) -> bool: ...
        def stat(self, *, follow_symlinks: bool = True) -> FileStatus: ...


NO_FD = -1
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ChangedError(Exception):
    """A file has changed, and its content from before is nowhere."""


class OpenDirectory(NamedTuple):
    """A directory that is being scanned.

    ``fd`` is open (NO_FD for a directory that is gone), ``path`` ends with a slash or is empty, ``before`` is
    what the last scan saw there. Everything below has to be scanned if it is ``whole``.
    """

    fd: int
    path: str
    node: DirectoryNode
    before: DirectoryNode | None
    depth: int
    whole: bool


class FileSource(Protocol):
    """Lists directories and reads files. Each method raises OSError.

    ``tracked`` are the paths that the user's repository tracked then; None means those it tracks now.
    """

    @property
    def tracked(self) -> frozenset[str] | None: ...

    def entries(self, directory: OpenDirectory) -> Sequence[Entry]:
        """What is in a directory."""

    def open_folder(self, directory: OpenDirectory, name: str) -> int:
        """A descriptor of a directory in another one, or NO_FD."""

    def read(
        self, directory: OpenDirectory, name: str, key: FileKey, sink: ObjectSink
    ) -> SeenFile | None:
        """Put a file into ``sink``; None if it changes all the time. Raises ChangedError."""

    def ignore_file(self, directory: OpenDirectory) -> bytes:
        """The .gitignore in a directory, or nothing."""


class LiveFiles:
    """The files as they are now. Nothing is followed to the outside."""

    tracked = None

    def entries(self, directory: OpenDirectory) -> Sequence[Entry]:
        with os.scandir(directory.fd) as listing:
            return list(listing)

    def open_folder(self, directory: OpenDirectory, name: str) -> int:
        return os.open(name, _OPEN_DIRECTORY, dir_fd=directory.fd)

    def read(
        self, directory: OpenDirectory, name: str, key: FileKey, sink: ObjectSink
    ) -> SeenFile | None:
        return read_file(directory.fd, name, key, sink)

    def ignore_file(self, directory: OpenDirectory) -> bytes:
        return read_ignore_file(directory.fd)


LIVE = LiveFiles()


def ignore_file_marker(entries: Sequence[Entry]) -> object:
    """What is equal while the .gitignore among the entries is the same; None if there is none.

    One that may still change equals nothing.
    """
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
            try:
                key = key_of(entry.stat(follow_symlinks=False))
            except OSError:
                return None
            return object() if is_fresh(key, time.time_ns()) else key
    return None
