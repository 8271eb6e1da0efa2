"""Finds files that processes may write to without a system call: through shared memory mappings (Linux).

Nothing reports such a write. The end of a mapping is reported, so only those that are there now count.
"""

from __future__ import annotations

import os

_START_FIELD = 19  # of /proc/PID/stat, behind the name of the command
_PERMISSIONS, _PATH = 1, 5
_WRITABLE_SHARED = b" rw-s "


class SharedMappings:
    """Those of processes that started after this one's parent: what it records, among others."""

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
                found |= self._below(maps)
        return found

    def _below(self, maps: bytes) -> set[str]:
        found = set()
        for line in maps.split(b"\n"):
            fields = line.split(None, _PATH)
            if len(fields) <= _PATH or fields[_PERMISSIONS] != _WRITABLE_SHARED.strip():
                continue
            path = fields[_PATH].replace(b"\\012", b"\n")
            if path.startswith(self._root):
                folder, slash, _ = path[len(self._root) :].rpartition(b"/")
                found.add(os.fsdecode(folder + slash))
        return found


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
