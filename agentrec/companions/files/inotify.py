"""Changes in directories, as the kernel reports them (Linux)."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
OVERFLOW, IGNORED, IS_DIRECTORY = 0x4000, 0x8000, 0x40000000

_WATCHED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
_DIRECTORY_ONLY, _NO_FOLLOW, _EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name
_READ_BYTES = 1 << 16


class Inotify:
    """Watches directories, not those below them. Raises OSError where there is no inotify."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("no inotify on this system")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise _error("inotify_init1")

    def add(self, folder: str) -> int:
        """Watch ``folder``; returns the watch its events carry. Raises OSError."""
        mask = _WATCHED | _DIRECTORY_ONLY | _NO_FOLLOW | _EXCL_UNLINK
        watch: int = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), mask)
        if watch < 0:
            raise _error(folder)
        return watch

    def remove(self, watch: int) -> None:
        """Stop watching."""
        self._libc.inotify_rm_watch(self._fd, watch)

    def read(self) -> Iterator[tuple[int, int, str]]:
        """What has happened: watch, mask, name."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        offset = 0
        while offset < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, offset)
            offset += _EVENT.size
            yield watch, mask, os.fsdecode(data[offset : offset + length].rstrip(b"\0"))
            offset += length

    def close(self) -> None:
        os.close(self._fd)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)
