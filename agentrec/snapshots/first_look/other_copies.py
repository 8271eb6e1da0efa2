"""Finds the content that a file had when a recorded command started, although it has changed since."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore.git import query_repository, repository_reader
from agentrec.snapshots.gitstore.objects import end_process
from agentrec.snapshots.gitstore.pack import object_name
from agentrec.snapshots.scan.directory_tree import INODE, MODE, MTIME, SIZE
from agentrec.snapshots.scan.file_reader import OPEN_FILE

if TYPE_CHECKING:
    import subprocess
    from typing import IO

    from agentrec.snapshots.first_look.start_state import StartState
    from agentrec.snapshots.scan.directory_tree import FileKey

_CONVERSIONS = ("filter", "working-tree-encoding")


class OtherCopies:
    """Copies of the files of ``state``: what was read early, git's objects, the same inode elsewhere."""

    def __init__(self, state: StartState) -> None:
        self._state = state
        self._moved: dict[int, str] | None = None
        self._git: GitBlobs | None = None

    def close(self) -> None:
        if self._git is not None:
            self._git.close()
        for fd in self._state.held.values():
            os.close(fd)
        self._state.held.clear()

    def find(self, path: str, key: FileKey) -> bytes | None:
        """The content of the file that had this key, or None."""
        for source in (self._from_descriptor, self._from_place, self._from_git, self._from_inode):
            data = source(path, key)
            if data is not None:
                return data
        return None

    def _from_descriptor(self, path: str, key: FileKey) -> bytes | None:
        fd = self._state.held.get(path)
        return None if fd is None else _read_same(fd, key)

    def _from_place(self, path: str, key: FileKey) -> bytes | None:
        """If only its permissions or links changed."""
        return _read_at(os.path.join(self._state.root, path), key)

    def _from_git(self, path: str, key: FileKey) -> bytes | None:
        blob = self._state.clean.get(path)
        if blob is None:
            return None
        if self._git is None:
            self._git = GitBlobs(self._state.root)
        return self._git.read(path, blob, key[SIZE])

    def _from_inode(self, _path: str, key: FileKey) -> bytes | None:
        """If it was moved."""
        if self._moved is None:
            self._moved = _places_by_inode(self._state.root)
        place = self._moved.get(key[INODE])
        return None if place is None else _read_at(place, key)


class GitBlobs:
    """Reads blobs of the user's repository at ``root``, through processes that stay open."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def read(self, path: str, name: bytes, size: int) -> bytes | None:
        """The content of an unchanged file from its blob ``name``; None if it cannot be had for certain.

        ``size`` is that of the file. Git may convert line endings between a blob and a file; if the size is
        right then, so is the rest. What other filters do, nobody knows.
        """
        try:
            data = self._blob(name)
            if data is None or object_name("blob", data) != name or self._is_filtered(path):
                return None
        except (OSError, ValueError):
            return None
        if len(data) != size:
            args = ("cat-file", "--filters", f"--path={path}", name.hex())
            data = query_repository(self._root, *args)
        return data if data is not None and len(data) == size else None

    def close(self) -> None:
        for process in self._processes.values():
            end_process(process)
        self._processes = {}

    def _blob(self, name: bytes) -> bytes | None:
        output = self._ask(name.hex().encode() + b"\n", "cat-file", "--batch")
        head = output.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            return None
        return output.read(int(head[2]) + 1)[:-1]

    def _is_filtered(self, path: str) -> bool:
        """Whether a program converts this file, or its encoding is another one."""
        request = os.fsencode(path) + b"\0"
        output = self._ask(request, "check-attr", "-z", "--stdin", *_CONVERSIONS)
        fields = [_field(output) for _ in range(3 * len(_CONVERSIONS))]  # path, attribute, value
        return not {b"unspecified", b"unset"}.issuperset(fields[2::3])

    def _ask(self, request: bytes, *args: str) -> IO[bytes]:
        """Send a request to this git; returns its output, which goes on with the answer."""
        process = self._processes.get(args[0])
        if process is None:
            process = self._processes[args[0]] = repository_reader(self._root, *args)
        assert process.stdin
        assert process.stdout
        process.stdin.write(request)
        process.stdin.flush()
        return process.stdout


def _field(output: IO[bytes]) -> bytes:
    """The output up to the next NUL."""
    field = b""
    while (byte := output.read(1)) not in (b"\0", b""):
        field += byte
    return field


def _read_at(path: str, key: FileKey) -> bytes | None:
    """The content of a file or symlink at ``path`` if it is the one that had this key."""
    try:
        if stat.S_ISLNK(key[MODE]):
            same = _is_same(os.lstat(path), key)
            return os.fsencode(os.readlink(path)) if same else None
        fd = os.open(path, OPEN_FILE)
    except OSError:
        return None
    try:
        return _read_same(fd, key)
    finally:
        os.close(fd)


def _read_same(fd: int, key: FileKey) -> bytes | None:
    """The content of an open file if it is the one that had this key: same inode, size and mtime.

    Renames and changes of permissions set only the ctime.
    """
    try:
        if not _is_same(os.fstat(fd), key):
            return None
        data = os.pread(fd, key[SIZE], 0)
        while len(data) < key[SIZE] and (more := os.pread(fd, key[SIZE] - len(data), len(data))):
            data += more
        return data if len(data) == key[SIZE] and _is_same(os.fstat(fd), key) else None
    except OSError:
        return None


def _is_same(status: os.stat_result, key: FileKey) -> bool:
    now = (status.st_ino, status.st_size, status.st_mtime_ns)
    return now == (key[INODE], key[SIZE], key[MTIME])


def _places_by_inode(root: str) -> dict[int, str]:
    """Where each inode is now."""
    places: dict[int, str] = {}
    folders = [root]
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    if not entry.is_dir(follow_symlinks=False):
                        places[entry.inode()] = entry.path
                    elif entry.name != ".git":
                        folders.append(entry.path)
        except OSError:
            continue  # unreadable, or gone
    return places
