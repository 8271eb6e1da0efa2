"""Reads, before the command starts, files whose content is nowhere else.

What git's index shows as unchanged is in git's store. Of the rest, the files that changed last are read
first: they are the least likely to be in an earlier snapshot, and the most likely to change again.

Loaded before the command starts: imports are light here.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.snapshots.first_look.stat_walk import Key, Other, StatWalk

# Read whether or not anybody waits for it.
MIN_FILES, MIN_BYTES = 400, 8 << 20
# Read as long as nobody waits for it.
MAX_FILES, MAX_BYTES = 4000, 32 << 20
SMALL_FILE_BYTES = 256 << 10
# Of larger files the first are held open: that helps if they are deleted or replaced.
MAX_HELD_FILES = 64
_LOOK_INTERVAL_FILES = 16
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class EarlyReads:
    """Reads the files of ``walk`` that are not as in the git index.

    ``contents``  path -> the content, or the target of a symlink
    ``held``      path -> an open descriptor
    ``unread``    whether files without another copy were left unread
    """

    def __init__(self, root: str, walk: StatWalk) -> None:
        self._root = root
        self._others: list[Other] = sorted(walk.others, key=_ignored_and_age)
        self.contents: dict[str, bytes] = {}
        self.held: dict[str, int] = {}
        self.unread = False

    def read(self, is_waited_for: Callable[[], bool]) -> None:
        """Read as many as there is time for. ``is_waited_for``: whether the command could start now."""
        size = 0
        for files, (path, key, ignored) in enumerate(self._others):
            if files >= MIN_FILES or size >= MIN_BYTES:
                if files >= MAX_FILES or size >= MAX_BYTES:
                    self.unread = True
                    return
                if files % _LOOK_INTERVAL_FILES == 0 and is_waited_for():
                    self.unread = self.unread or not ignored
                    return
            size += self._read(path, key)

    def _read(self, path: str, key: Key) -> int:
        """Read or hold one file; returns how many bytes were read."""
        full, size, mode = f"{self._root}/{path}", key[2], key[4]
        try:
            if stat.S_ISLNK(mode):
                self.contents[path] = os.fsencode(os.readlink(full))
            elif stat.S_ISREG(mode) and size <= SMALL_FILE_BYTES:
                self._read_small(path, full)
                return size
            elif stat.S_ISREG(mode):
                self._hold(path, full)
        except OSError:
            pass  # unreadable, or gone
        return 0

    def _read_small(self, path: str, full: str) -> None:
        fd = os.open(full, _OPEN)
        try:
            data = os.read(fd, SMALL_FILE_BYTES + 1)
        finally:
            os.close(fd)
        if len(data) <= SMALL_FILE_BYTES:  # it has not just grown
            self.contents[path] = data

    def _hold(self, path: str, full: str) -> None:
        self.unread = True
        if len(self.held) < MAX_HELD_FILES:
            self.held[path] = os.open(full, _OPEN)


def _ignored_and_age(other: Other) -> tuple[bool, int]:
    _, key, ignored = other
    return ignored, -key[1]
