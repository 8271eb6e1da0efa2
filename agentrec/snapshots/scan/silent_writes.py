"""Finds files that processes may write to without a report (Linux).

Nothing reports a write through a shared memory map, or by asynchronous I/O (io_submit(2)). That the map or
the file was closed is reported, so only those that are open now count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_START_FIELD = 19  # of /proc/PID/stat, behind the name of the command
_PERMISSIONS, _PATH = 1, 5
_WRITABLE_SHARED = b" rw-s "
_ASYNCHRONOUS = b" /[aio]"
_OPEN_TO_WRITE = 0o200  # in the mode of a link in /proc/PID/fd


class SilentWrites:
    """The files of processes that started after this one's parent: what it records, among others."""

    def __init__(self, root: str) -> None:
        self._root = os.fsencode(root).rstrip(b"/") + b"/"
        since = _started(os.getppid())
        # Programs that ran before are many, and are not expected to write here.
        self._others = {pid for pid in _processes() if _started(pid) < since}

    def folders(self) -> set[str]:
        """The directories of the files, below the root and with a trailing slash. Raises OSError."""
        pids = _processes()
        self._others &= pids
        found: set[str] = set()
        for pid in pids - self._others:
            try:
                with open(f"/proc/{pid}/maps", "rb") as file:
                    maps = file.read()
            except OSError:
                continue  # it has ended, or is somebody else's
            if _WRITABLE_SHARED in maps:
                found |= self._folders_of(_mapped(maps))
            if _ASYNCHRONOUS in maps:
                found |= self._folders_of(_opened(pid))
        return found

    def _folders_of(self, paths: Iterable[bytes]) -> set[str]:
        """The directories of those below the root."""
        found = set()
        for path in paths:
            if path.startswith(self._root):
                folder, slash, _ = path[len(self._root) :].rpartition(b"/")
                found.add(os.fsdecode(folder + slash))
        return found


def _mapped(maps: bytes) -> Iterator[bytes]:
    """The files that can be written through the maps of a process."""
    for line in maps.split(b"\n"):
        fields = line.split(None, _PATH)
        if len(fields) > _PATH and fields[_PERMISSIONS] == _WRITABLE_SHARED.strip():
            yield fields[_PATH].replace(b"\\012", b"\n")


def _opened(pid: int) -> Iterator[bytes]:
    """The files that a process has open to write to."""
    try:
        numbers = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return  # it has ended
    for number in numbers:
        link = f"/proc/{pid}/fd/{number}"
        try:
            if os.lstat(link).st_mode & _OPEN_TO_WRITE:
                yield os.fsencode(os.readlink(link))
        except OSError:
            continue  # closing it is reported


def _processes() -> set[int]:
    """Raises OSError where there is no /proc."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _started(pid: int) -> int:
    """When a process started, in clock ticks since the boot; a late time if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[_START_FIELD])
    except (OSError, IndexError, ValueError):
        return 1 << 63
