"""The files of a directory as they were when a recorded command started, for the scanner."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.first_look.other_copies import OtherCopies
from agentrec.snapshots.scan.directory_tree import CTIME, UNCERTAIN, SeenFile
from agentrec.snapshots.scan.file_reader import (
    FINE_CLOCK_NS,
    MAX_IGNORE_FILE_BYTES,
    is_fresh,
    key_of,
    read_unchanged,
    uncertain,
)
from agentrec.snapshots.scan.file_source import LIVE, NO_FD, ChangedError, LiveFiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.first_look.start_state import StartState
    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.directory_tree import DirectoryNode, FileKey
    from agentrec.snapshots.scan.file_source import Entry, OpenDirectory


class PastStatus(NamedTuple):
    """The status that a file had."""

    st_mtime_ns: int
    st_ctime_ns: int
    st_size: int
    st_ino: int
    st_mode: int
    st_dev: int = 0
    st_nlink: int = 1


class PastEntry(NamedTuple):
    """An entry that a directory had."""

    name: str
    status: PastStatus

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        return stat.S_ISDIR(self.status.st_mode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        return stat.S_ISREG(self.status.st_mode)

    def stat(self, *, follow_symlinks: bool = True) -> PastStatus:  # noqa: ARG002
        return self.status


class StartFiles:
    """The files of ``state``; those of directories that the look has not seen are as they are now.

    ``head`` is the commit of the user's repository then, or empty.
    """

    def __init__(self, state: StartState) -> None:
        self._state = state
        self.tracked, self.head = state.tracked or None, state.head
        self._copies = OtherCopies(state)
        self._live: dict[str, int] = {}  # directories that the look has not seen, and their mtime

    def close(self) -> None:
        self._copies.close()

    def entries(self, directory: OpenDirectory) -> Sequence[Entry]:
        seen = self._state.folders.get(directory.path)
        if seen is None:
            self._live[directory.path] = os.fstat(directory.fd).st_mtime_ns
            return LIVE.entries(directory)
        files, folders = seen
        return [
            *(PastEntry(name, PastStatus(*key)) for name, key in files.items()),
            *(
                PastEntry(name, PastStatus(0, 0, 0, 0, mode, device))
                for name, (mode, device) in folders.items()
            ),
        ]

    def open_folder(self, directory: OpenDirectory, name: str) -> int:
        try:
            if directory.fd != NO_FD:
                return LIVE.open_folder(directory, name)
        except OSError:
            if f"{directory.path}{name}/" not in self._state.folders:
                raise
        return NO_FD

    def read(
        self, directory: OpenDirectory, name: str, key: FileKey, sink: ObjectSink
    ) -> SeenFile | None:
        if directory.path in self._live:
            return LIVE.read(directory, name, key, sink)
        path = directory.path + name
        data = self._state.contents.get(path)
        known = uncertain(key) if is_fresh(key, self._state.began) else key
        if data is None:
            seen = self._read_unchanged(directory, name, key, sink)
            if seen is not None:
                return seen._replace(key=known)
            data = self._copies.find(path, key)
        if data is None:
            raise ChangedError
        mtime, ctime, size, inode, mode = known
        if len(data) != size:  # it changed between the look and the early read
            size, ctime = len(data), UNCERTAIN
        return SeenFile((mtime, ctime, size, inode, mode), sink.add("blob", data))

    def ignore_file(self, directory: OpenDirectory) -> bytes:
        if directory.path in self._live:
            return LIVE.ignore_file(directory)
        path = directory.path + ".gitignore"
        data = self._state.contents.get(path)
        if data is None:
            data = self._copies.find(path, self._state.folders[directory.path][0][".gitignore"])
        return (data or b"")[:MAX_IGNORE_FILE_BYTES]

    def changed_since(self, root: DirectoryNode) -> list[str]:
        """Paths in directories that the look has not seen which changed since the command started.

        ``root`` is the result of the scan.
        """
        nodes = dict(root.walk())
        changed = [
            path
            for folder in self._live.keys() & nodes.keys()
            for path in _changed_in(folder, nodes[folder], self._state.began)
        ]
        return changed + [path for path in self._state.tracked if self._was_removed(path, nodes)]

    def _was_removed(self, path: str, nodes: dict[str, DirectoryNode]) -> bool:
        """Whether a tracked file was removed since the start from a directory the look has not seen."""
        folder, name = "", path
        while True:  # down to the nearest directory that is still there
            inner, slash, rest = name.partition("/")
            if not slash or f"{folder}{inner}/" not in nodes:
                break
            folder, name = f"{folder}{inner}/", rest
        node = nodes[folder]
        if inner in node.files or inner in node.left or inner in node.out:
            return False
        return self._live.get(folder, -1) >= self._state.began - FINE_CLOCK_NS

    def _read_unchanged(
        self, directory: OpenDirectory, name: str, key: FileKey, sink: ObjectSink
    ) -> SeenFile | None:
        if directory.fd == NO_FD:
            return None
        try:
            return read_unchanged(directory.fd, name, key, sink)
        except OSError:
            if _is_there(directory.fd, name, key):
                raise  # it cannot be read, and could not before
            return None


class LateFiles(LiveFiles):
    """The files as they are now, although the command has begun, after ``began`` (ns)."""

    head = ""

    def __init__(self, began: int) -> None:
        self._began = began

    def changed_since(self, root: DirectoryNode) -> list[str]:
        """Paths of files that changed since the command started."""
        return [
            changed
            for path, node in root.walk()
            for changed in _changed_in(path, node, self._began)
        ]

    def close(self) -> None:
        return


def _changed_in(path: str, node: DirectoryNode, since: int) -> list[str]:
    """Files in a directory that changed after ``since`` (ns), or may have."""
    limit = since - FINE_CLOCK_NS
    # An uncertain ctime is below zero: such a file changed just now.
    return [path + name for name, seen in node.files.items() if not 0 <= seen.key[CTIME] < limit]


def _is_there(fd: int, name: str, key: FileKey) -> bool:
    try:
        return key_of(os.stat(name, dir_fd=fd, follow_symlinks=False)) == key
    except OSError:
        return False
