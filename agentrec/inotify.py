"""Changes in directories, as the kernel reports them (Linux): inotify(7).

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
UNMOUNT, OVERFLOW, IGNORED, IS_DIRECTORY = 0x2000, 0x4000, 0x8000, 0x40000000

# When a change is complete; and every single one.
SETTLED = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
EVERYTHING = SETTLED | MODIFY | ATTRIB
_DIRECTORY_ONLY, _NO_FOLLOW, _EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name
_READ_BYTES = 1 << 16


class Inotify:
    """Watches directories, not those below them. Raises OSError where there is no inotify."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("no inotify on this system")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise _error("inotify_init1")

    def fileno(self) -> int:
        """Readable when something has happened."""
        return self._fd

    def add(self, folder: str) -> int:
        """Watch ``folder``; returns the watch its events carry. Raises OSError."""
        return self._add(folder, SETTLED | _NO_FOLLOW)

    def add_open(self, fd: int) -> int:
        """Watch an open directory, for everything that happens in it. Raises OSError."""
        return self._add(f"/proc/self/fd/{fd}", EVERYTHING)

    def _add(self, path: str, mask: int) -> int:
        mask |= _DIRECTORY_ONLY | _EXCL_UNLINK
        watch: int = self._libc.inotify_add_watch(self._fd, os.fsencode(path), mask)
        if watch < 0:
            raise _error(path)
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
