"""The recordings below a folder."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

SUFFIX = ".ahr"
MAX_DEPTH = 20


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


class FolderStamp(NamedTuple):
    """Identifies which names a folder holds: another state has another ``modified``, in ns."""

    device: int
    inode: int
    modified: int


class Listing(NamedTuple):
    """What is in a folder: recordings by path, folders, and whether a recording is a link to elsewhere."""

    stamps: dict[str, Stamp]
    folders: list[str]
    has_links: bool


def scan(root: str) -> tuple[dict[str, Stamp], list[str]]:
    """Return the recordings below ``root`` by path, and the folders that could not be read.

    Symbolic links to files are followed, those to folders are not. ``root`` may itself be a recording.
    """
    if is_recording(root):
        return {root: stamp_of(os.stat(root))}, []
    stamps: dict[str, Stamp] = {}
    unreadable: list[str] = []
    folders = [(root, 0)]
    while folders:
        folder, depth = folders.pop()
        try:
            listing = list_folder(folder)
        except FileNotFoundError:
            continue  # deleted meanwhile, or not created yet
        except OSError:
            unreadable.append(folder)
            continue
        stamps.update(listing.stamps)
        if depth < MAX_DEPTH:
            folders += [(inner, depth + 1) for inner in listing.folders]
    return stamps, unreadable


def is_recording(root: str) -> bool:
    """Whether ``root`` is a recording and not a folder."""
    return root.endswith(SUFFIX) and os.path.isfile(root)


def list_folder(folder: str) -> Listing:
    """Read one folder. Raises OSError."""
    listing = Listing({}, [], has_links=False)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                listing.folders.append(entry.path)
            elif entry.name.endswith(SUFFIX) and (stamp := _stamped(entry)):
                listing.stamps[entry.path] = stamp
                if entry.is_symlink():
                    listing = listing._replace(has_links=True)
    return listing


def _stamped(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        result = entry.stat()
    except OSError:  # a dangling link
        return None
    return stamp_of(result) if stat.S_ISREG(result.st_mode) else None
