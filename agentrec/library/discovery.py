"""The recordings below a folder."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

SUFFIX = ".ahr"
_MAX_DEPTH = 20


class Stamp(NamedTuple):
    """Identifies one state of a file. ``modified`` is in ns."""

    device: int
    inode: int
    size: int
    modified: int


def stamp_of(status: os.stat_result) -> Stamp:
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def is_storable(path: str) -> bool:
    """Whether the index can hold it: its bytes are UTF-8."""
    try:
        return path.isascii() or bool(path.encode())
    except UnicodeEncodeError:
        return False


def scan(root: str) -> tuple[dict[str, Stamp], list[str]]:
    """Return the recordings below ``root`` by path, and the folders that could not be read.

    Symbolic links to files are followed, those to folders are not. ``root`` may itself be a recording.
    """
    if root.endswith(SUFFIX) and os.path.isfile(root):
        return {root: stamp_of(os.stat(root))}, []
    stamps: dict[str, Stamp] = {}
    unreadable: list[str] = []
    folders = [(root, 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if depth < _MAX_DEPTH:
                            folders.append((entry.path, depth + 1))
                    elif entry.name.endswith(SUFFIX) and (stamp := _stamped(entry)):
                        stamps[entry.path] = stamp
        except FileNotFoundError:
            continue  # deleted meanwhile, or not created yet
        except OSError:
            unreadable.append(folder)
    return stamps, unreadable


def _stamped(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        result = entry.stat()
    except OSError:  # a dangling link
        return None
    return stamp_of(result) if stat.S_ISREG(result.st_mode) else None
