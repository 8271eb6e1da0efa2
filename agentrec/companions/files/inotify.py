"""Changes in directories, told by the kernel (Linux)."""

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

_ASKED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
_DIRECTORY_ONLY, _NO_FOLLOW, _EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name


class Inotify:
    """Watches directories, not what is below them. Raises OSError where there is no inotify."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("no inotify on this system")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise _error("inotify_init1")

    def add(self, folder: str) -> int:
        """Watch ``folder``; returns the number its events carry. Raises OSError."""
        mask = _ASKED | _DIRECTORY_ONLY | _NO_FOLLOW | _EXCL_UNLINK
        number: int = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), mask)
        if number < 0:
            raise _error(folder)
        return number

    def remove(self, number: int) -> None:
        """Watch it no more."""
        self._libc.inotify_rm_watch(self._fd, number)

    def read(self) -> Iterator[tuple[int, int, str]]:
        """What has happened: watch, mask, name."""
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            number, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            yield number, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length

    def close(self) -> None:
        os.close(self._fd)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)
