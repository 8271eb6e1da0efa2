"""Which process has a socket (Linux). Everything may vanish while it is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Of one process, and of all of them in one look.
_MAX_FILES = 4096
_MAX_LOOKS = 20_000


def owners(inodes: Collection[int], pids: Iterable[int]) -> dict[int, int]:
    """The process of each socket that one of ``pids`` has, the first of them that has it."""
    names = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, int] = {}
    left = _MAX_LOOKS
    for pid in pids:
        files = _open_files(pid)[: min(left, _MAX_FILES)]
        left -= len(files)
        for file in files:
            inode = names.get(_target(f"/proc/{pid}/fd/{file}"))
            if inode is not None:
                found.setdefault(inode, pid)
        if len(found) == len(names) or left <= 0:
            break
    return found


def _open_files(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
