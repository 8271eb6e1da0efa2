"""The state of a directory when a recorded command started, as a first look has seen it."""

from __future__ import annotations

import marshal
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.first_look.look_loop import VERSION
from agentrec.snapshots.scan.directory_tree import CTIME, INODE, MTIME, SIZE

if TYPE_CHECKING:
    from agentrec.snapshots.scan.directory_tree import FileKey

# Seconds and ns of ctime and mtime, inode, mode, size, blob, flags; see gitformat-index(5).
_ENTRY = struct.Struct(">4I4xII8xI20sH")
_HEADER_BYTES, _FIELDS_BYTES = 12, 62
_EXTENDED, _ASSUME_VALID, _STAGE, _NAME_LENGTH = 0x4000, 0x8000, 0x3000, 0x0FFF
_SKIP_WORKTREE_OR_INTENT_TO_ADD = 0x6000
_BILLION, _UINT32 = 1_000_000_000, 0xFFFFFFFF


class StartState(NamedTuple):
    """Times in ns since the epoch, paths relative to ``root``; those of folders end with a slash.

    ``began``, ``ended``  when the look was
    ``complete``  whether it has seen everything that it wanted to see
    ``folders``   files and their keys, and subdirectories with mode and device
    ``contents``  what was read at once; of symlinks the target
    ``held``      open descriptors of larger files
    ``git_dir``   of the user's repository, if there is one; ``head`` the commit it was at, or empty
    ``tracked``   the paths in its index, ``clean`` the blobs (20 bytes) with the content of these files
    """

    root: str
    began: int
    ended: int
    complete: bool
    folders: dict[str, tuple[dict[str, FileKey], dict[str, tuple[int, int]]]]
    contents: dict[str, bytes]
    held: dict[str, int]
    git_dir: str
    head: str
    tracked: frozenset[str]
    clean: dict[str, bytes]


def load_state(fd: int) -> StartState | None:
    """What a look has written to ``fd``, or None."""
    try:
        os.lseek(fd, 0, os.SEEK_SET)
        with os.fdopen(os.dup(fd), "rb") as file:
            found = marshal.load(file)  # noqa: S302  # from our own process, through a nameless file
    except (OSError, EOFError, ValueError, TypeError):
        return None
    if found.pop("version") != VERSION:
        return None
    index, index_time = found.pop("index"), found.pop("index_time")
    state = StartState(**found, tracked=frozenset(), clean={})
    try:
        tracked, clean = _compare(index, index_time, state)
    except (ValueError, struct.error):
        return state
    return state._replace(tracked=frozenset(tracked), clean=clean)


def _compare(
    index: bytes, index_time: int, state: StartState
) -> tuple[list[str], dict[str, bytes]]:
    """The paths in the index, and the blobs of files that are unchanged. Raises ValueError, struct.error."""
    keys = {
        path + name: key
        for path, (files, _) in state.folders.items()
        for name, key in files.items()
    }
    tracked, clean = [], {}
    at, count = _HEADER_BYTES, int.from_bytes(index[8:12], "big")
    for _ in range(count):
        entry = _ENTRY.unpack_from(index, at)
        flags, start, more = entry[8], at + _FIELDS_BYTES, 0
        if flags & _EXTENDED:
            more = int.from_bytes(index[start : start + 2], "big")
            start += 2
        length = flags & _NAME_LENGTH
        if length == _NAME_LENGTH:
            length = index.index(b"\0", start) - start
        name = os.fsdecode(index[start : start + length])
        at += (start - at + length + 8) & ~7
        tracked.append(name)
        known = not flags & (_STAGE | _ASSUME_VALID) and not more & _SKIP_WORKTREE_OR_INTENT_TO_ADD
        key = keys.get(name)
        if known and key is not None and _is_unchanged(entry, key, index_time):
            clean[name] = entry[7]
    return tracked, clean


def _is_unchanged(entry: tuple[int, ...], key: FileKey, index_time: int) -> bool:
    """Whether a file with this key is what its index entry says, as git decides it.

    Not if it may have changed within the clock tick in which the index was written.
    """
    mtime, ctime = entry[2] * _BILLION + entry[3], entry[0] * _BILLION + entry[1]
    inode, size = entry[4], entry[6]
    if mtime != key[MTIME] or mtime >= index_time or size != key[SIZE] & _UINT32:
        return False
    if not size:  # of entries that git does not trust, too
        return False
    # Other writers of the index leave out what they do not compare.
    return ctime in (0, key[CTIME]) and inode in (0, key[INODE] & _UINT32)
