"""Finds the content that a file had when a recorded command started, although it has changed since."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore.git import query_repository, repository_reader
from agentrec.snapshots.gitstore.pack import object_name
from agentrec.snapshots.scan.directory_tree import INODE, MODE, MTIME, SIZE
from agentrec.snapshots.scan.file_reader import OPEN_FILE

if TYPE_CHECKING:
    from agentrec.snapshots.first_look.start_state import StartState
    from agentrec.snapshots.scan.directory_tree import FileKey


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
        data = self._git.read(path, blob)
        # A filter may have made the file from the blob. If the sizes are the same, none has: it only ever
        # converts line endings or an encoding, unless the user has set one of his own.
        return data if data is not None and len(data) == key[SIZE] else None

    def _from_inode(self, _path: str, key: FileKey) -> bytes | None:
        """If it was moved."""
        if self._moved is None:
            self._moved = _places_by_inode(self._state.root)
        place = self._moved.get(key[INODE])
        return None if place is None else _read_at(place, key)


class GitBlobs:
    """Reads blobs of the user's repository at ``root``, through one process."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._filters: bool | None = None  # whether there are any

    def read(self, path: str, name: bytes) -> bytes | None:
        """The blob of a file, or None if it cannot be had, or is not what is on disk."""
        try:
            data = self._read(name)
        except (OSError, ValueError):
            return None
        if data is None or object_name("blob", data) != name or self._is_filtered(path):
            return None
        return data

    def close(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.close()
        except OSError:
            pass  # it has ended already
        self._process.stdout.close()
        self._process.wait()

    def _read(self, name: bytes) -> bytes | None:
        if self._process is None:
            self._process = repository_reader(self._root)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(name.hex().encode() + b"\n")
        self._process.stdin.flush()
        head = self._process.stdout.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            return None
        return self._process.stdout.read(int(head[2]) + 1)[:-1]

    def _is_filtered(self, path: str) -> bool:
        """Whether a program of the user's converts this file."""
        if not self._has_filters():
            return False
        answer = query_repository(self._root, "check-attr", "-z", "filter", "--", path)
        return answer is None or answer.split(b"\0")[2:3] not in ([b"unspecified"], [b"unset"])

    def _has_filters(self) -> bool:
        if self._filters is None:
            args = ("config", "--get-regexp", r"^filter\..*\.(smudge|process)$")
            self._filters = bool(query_repository(self._root, *args))
        return self._filters


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
