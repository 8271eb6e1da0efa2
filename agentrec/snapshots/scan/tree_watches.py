"""Watches on all directories of a tree, and which of these have to be scanned again (Linux)."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from agentrec import inotify
from agentrec.snapshots.scan.changes import Changes
from agentrec.snapshots.scan.mounts import mounts_around
from agentrec.snapshots.scan.shared_mappings import SharedMappings

if TYPE_CHECKING:
    from collections.abc import Collection

    from agentrec.snapshots.scan.mounts import Mounts

_LIMIT_FILE = "/proc/sys/fs/inotify/max_user_watches"
_NO_LIMIT = 1 << 30
# Watches of directories that were moved away stay; so many more of them than directories are too many.
_MOST_STALE = 1000


class UnwatchableError(Exception):
    """A tree cannot be watched, or something happened that watches do not tell. Its text says what."""


class TreeWatches:
    """Watches on the directories below ``root``, each added before it is listed.

    They are good as long as ``lost`` is empty; it says what happened that they do not tell.
    """

    def __init__(self, root: str, file_systems: Collection[str], share: float) -> None:
        """``file_systems`` report every change; ``share`` is that of the user's watches that may be used.

        Raises UnwatchableError.
        """
        self._root = root
        self.lost = ""
        try:
            self._inotify = inotify.Inotify()
        except OSError as error:
            raise UnwatchableError(f"inotify cannot be used: {error.strerror or error}") from None
        try:
            self._most = int(_limit() * share)
            self._identity, self._mounts = self._place()
            self._mappings = SharedMappings(root)
        except OSError as error:
            self.close()
            raise UnwatchableError(f"cannot tell what is mounted: {error.strerror}") from None
        kind = self._mounts.file_system
        if kind not in file_systems:
            self.close()
            raise UnwatchableError(f"{kind or 'this file system'} does not report every change")
        self._paths: dict[int, str] = {}
        self._listed: set[str] = set()
        self._whole: set[str] = set()
        self._unsettled: set[str] = set()
        # Files with several names in the last scan and in this one; their directories are never settled.
        self._linked_before: set[int] = set()
        self._linked: set[int] = set()

    def fileno(self) -> int:
        """Readable when something has happened."""
        return self._inotify.fileno()

    def close(self) -> None:
        self._inotify.close()

    # --- during a scan ----------------------------------------------------------------------------

    def listing(self, path: str, fd: int | None) -> None:
        """A directory is about to be listed; ``fd`` is there if it may not be watched by this path yet."""
        self._unsettled.discard(path)
        if fd is not None and not self.lost:
            self._add(path, fd)

    def unsettle(self, path: str) -> None:
        """Scan a directory again next time, even if nothing happens."""
        self._unsettled.add(path)

    def add_linked(self, path: str, inode: int, *, known: bool) -> None:
        """A file in a directory has several names: what is written by another name is not reported here.

        If this is not a scan of everything, its other names must be ``known``.
        """
        self._unsettled.add(path)
        self._linked.add(inode)
        if not known and inode not in self._linked_before:
            self.lost = "a file got another name"

    def _add(self, path: str, fd: int) -> None:
        if len(self._paths) >= self._most:
            self.lost = f"the directories need more than {self._most:,} inotify watches"
            return
        try:
            self._paths[self._inotify.add_open(fd)] = path
        except OSError as error:
            full = error.errno == errno.ENOSPC
            self.lost = "no inotify watches are left" if full else str(error.strerror)

    # --- between scans ----------------------------------------------------------------------------

    def note(self) -> None:
        """Take what the kernel reports."""
        while events := list(self._inotify.read()):
            for watch, mask, name in events:
                self._on_event(watch, mask, name)

    def changes(self, directories: int) -> Changes:
        """What to scan of a tree of so many ``directories``; from now on, later changes count.

        Raises UnwatchableError: everything.
        """
        try:
            self.note()
            self._check(directories)
            listed = self._listed | self._unsettled | self._mappings.folders()
        except OSError as error:
            self.lost = str(error.strerror or error)
        if self.lost:
            raise UnwatchableError(self.lost)
        changes = Changes(listed, self._whole)
        self._listed, self._whole = set(), set()
        self._linked_before, self._linked = self._linked, set()
        return changes

    def _check(self, directories: int) -> None:
        if self.lost:
            return
        if len(self._paths) > 2 * directories + _MOST_STALE:
            self.lost = "many directories were moved away"
        elif self._place() != (self._identity, self._mounts):
            self.lost = "something was mounted or moved"

    def _place(self) -> tuple[tuple[int, int], Mounts]:
        """Which directory is at the root's path, and what is mounted around it. Raises OSError."""
        fd = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            return (status.st_dev, status.st_ino), mounts_around(fd, self._root)
        finally:
            os.close(fd)

    def _on_event(self, watch: int, mask: int, name: str) -> None:
        if mask & (inotify.OVERFLOW | inotify.UNMOUNT):
            overflow = mask & inotify.OVERFLOW
            self.lost = "too many changes at once" if overflow else "a file system was unmounted"
        path = self._paths.get(watch)
        if path is None:
            return
        if mask & inotify.IGNORED:
            del self._paths[watch]
            if not path:
                self.lost = "the directory was replaced"
            return
        self._listed.add(path)
        if mask & inotify.IS_DIRECTORY and name:
            self._whole.add(f"{path}{name}/")


def _limit() -> int:
    """How many watches a user may have."""
    try:
        with open(_LIMIT_FILE, "rb") as file:
            return int(file.read())
    except (OSError, ValueError):
        return _NO_LIMIT
