"""Writes and removes files, symlinks and directories below one directory, and nowhere else.

Every directory on the way is opened without following symlinks, so that nothing leads outside. A file is
written under a temporary name and renamed, so that it is always the old or the new one.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from agentrec.snapshots.model import PERMISSIONS, SnapshotError
from agentrec.snapshots.scan.scanner import RESTORE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NEEDED_MODE = 0o700  # to work in a directory


class ConfinedWriter:
    """Works below ``root``. Paths are relative, with slashes. Every method but ``close`` raises OSError.

    Directories that forbid writing are made writable; ``close`` gives them their modes back.
    """

    def __init__(self, root: str) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._open_folder: tuple[str, int] | None = None  # the one that was used last
        self._modes: dict[str, int] = {}  # that directories get in the end
        self._temporary = f"{RESTORE_PREFIX}{os.getpid()}-{os.urandom(3).hex()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        modes, self._modes = self._modes, {}
        for path in sorted(modes, reverse=True):  # inner ones first
            try:
                os.fchmod(self._folder(path), modes[path])
            except OSError:
                continue  # it is gone
            self._modes.pop(path, None)  # opening it has made it writable again
        self._close_folder()
        os.close(self._root)

    def write(self, path: str, mode: int, pieces: Iterable[bytes]) -> None:
        """Make ``path`` a file with this content; a file or symlink there is replaced.

        What ``pieces`` raises leaves it as it was.
        """
        with self._replaced(path) as fd:
            file = os.open(self._temporary, _CREATE, 0o600, dir_fd=fd)
            with os.fdopen(file, "wb") as out:
                out.writelines(pieces)
                out.flush()
                os.fchmod(file, mode & PERMISSIONS)

    def link(self, path: str, target: bytes) -> None:
        """Make ``path`` a symlink; a file or symlink there is replaced."""
        with self._replaced(path) as fd:
            os.symlink(target, os.fsencode(self._temporary), dir_fd=fd)

    @contextmanager
    def _replaced(self, path: str) -> Iterator[int]:
        """What is made under the temporary name becomes ``path``; yields its directory."""
        fd, name = self._parent(path)
        try:
            yield fd
            os.rename(self._temporary, name, src_dir_fd=fd, dst_dir_fd=fd)
        except (OSError, SnapshotError):
            self._remove_temporary(fd)
            raise

    def remove(self, path: str) -> None:
        """Remove a file or symlink, if there is one."""
        try:
            fd, name = self._parent(path)
            os.unlink(name, dir_fd=fd)
        except (FileNotFoundError, NotADirectoryError):
            return

    def make_folder(self, path: str, mode: int) -> None:
        """Make a directory with this mode, or give an existing one this mode."""
        fd, name = self._parent(path)
        try:
            os.mkdir(name, _NEEDED_MODE, dir_fd=fd)
        except FileExistsError:
            if not stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                raise
        self._modes[path] = mode

    def remove_folder(self, path: str) -> None:
        """Remove a directory. Raises OSError if it is not empty."""
        fd, name = self._parent(path)
        os.rmdir(name, dir_fd=fd)
        self._modes.pop(path, None)

    def sweep(self, path: str) -> None:
        """Remove temporary files that killed restores left in the directory ``path``."""
        fd = self._folder(path)
        for name in os.listdir(fd):
            if name.startswith(RESTORE_PREFIX):
                os.unlink(name, dir_fd=fd)

    def _parent(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return self._folder(folder), name

    def _folder(self, path: str) -> int:
        """The directory ``path``, open and writable."""
        if self._open_folder is not None and self._open_folder[0] == path:
            return self._open_folder[1]
        self._close_folder()
        fd = os.dup(self._root)
        try:
            self._make_writable(fd, "")
            done = ""
            for part in path.split("/") if path else ():
                done = f"{done}/{part}" if done else part
                inner = self._enter(fd, part)
                os.close(fd)
                fd = inner
                self._make_writable(fd, done)
        except OSError:
            os.close(fd)
            raise
        self._open_folder = (path, fd)
        return fd

    def _enter(self, fd: int, name: str) -> int:
        try:
            return os.open(name, _OPEN_DIRECTORY, dir_fd=fd)
        except PermissionError:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode):
                raise
            os.chmod(name, status.st_mode & PERMISSIONS | _NEEDED_MODE, dir_fd=fd)
            inner = os.open(name, _OPEN_DIRECTORY, dir_fd=fd)
            os.fchmod(
                inner, status.st_mode & PERMISSIONS
            )  # as it was, for `_make_writable` to note
            return inner

    def _make_writable(self, fd: int, path: str) -> None:
        mode = os.fstat(fd).st_mode & PERMISSIONS
        if mode & _NEEDED_MODE != _NEEDED_MODE:
            self._modes.setdefault(path, mode)
            os.fchmod(fd, mode | _NEEDED_MODE)

    def _close_folder(self) -> None:
        if self._open_folder is not None:
            os.close(self._open_folder[1])
            self._open_folder = None

    def _remove_temporary(self, fd: int) -> None:
        try:
            os.unlink(self._temporary, dir_fd=fd)
        except OSError:
            return
