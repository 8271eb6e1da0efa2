"""Which recordings there are: the files below some folders."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = ".ahr"
_DEPTH = 20  # folders within folders


class Stamp(NamedTuple):
    """What tells one state of a file from another. ``modified`` in ns."""

    device: int
    inode: int
    size: int
    modified: int


def stamp_of(found: os.stat_result) -> Stamp:
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def scan(root: str) -> tuple[dict[str, Stamp], list[str]]:
    """Recordings below ``root`` by path, and the folders that could not be looked into.

    Links to files are followed, links to folders are not. ``root`` may itself be a recording.
    """
    if root.endswith(ENDING) and os.path.isfile(root):
        return {root: stamp_of(os.stat(root))}, []
    found: dict[str, Stamp] = {}
    hidden: list[str] = []
    folders = [(root, 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if depth < _DEPTH and not entry.name.startswith("."):
                            folders.append((entry.path, depth + 1))
                    elif entry.name.endswith(ENDING) and not entry.name.startswith("."):
                        found.update(_stamped(entry))
        except FileNotFoundError:
            continue  # gone while we looked, or not yet made
        except OSError:
            hidden.append(folder)
    return found, hidden


def _stamped(entry: os.DirEntry[str]) -> Iterator[tuple[str, Stamp]]:
    try:
        result = entry.stat()
    except OSError:  # a link to nowhere
        return
    if stat.S_ISREG(result.st_mode):
        yield entry.path, stamp_of(result)
