"""What the user's git index says of the files of a workspace, read without git.

Loaded before the command starts: imports are light here. The format is gitformat-index(5), versions 2
and 3. Of any other index nothing is known, which costs nothing but time: more files are read.
"""

from __future__ import annotations

import os
import struct

from agentrec.config import open_plain, read_plain

_MAX_INDEX_BYTES = 1 << 28
_MAX_SMALL_FILE_BYTES = 1 << 16
_BRIEF = struct.Struct(">8xII44xH")  # mtime, flags
_HEADER_BYTES, _FIELDS_BYTES = 12, 62
_EXTENSION_HEADER_BYTES, _CHECKSUM_BYTES = 8, 20
_EXTENDED, _NAME_LENGTH = 0x4000, 0x0FFF
_BILLION = 1_000_000_000


class GitIndex:
    """The index of a repository: ``mtimes`` (ns) by path, and when it was written itself (``time``, ns).

    ``data`` is the whole index. ``head`` is the commit that HEAD names, or empty if that takes more than a
    look. Everything is empty if there is no index that can be read.
    """

    def __init__(self) -> None:
        self.mtimes: dict[str, int] = {}
        self.data = b""
        self.time = 0
        self.git_dir = self.head = ""


def read_index(root: str) -> GitIndex:
    """The index of the repository at ``root``."""
    index = GitIndex()
    try:
        index.git_dir = _git_dir(root)
        if index.git_dir:
            index.head = _head(index.git_dir)
            _read_entries(index)
    except (OSError, ValueError, IndexError, struct.error):
        index.mtimes, index.data = {}, b""
    return index


def _git_dir(root: str) -> str:
    """The git directory of a working tree, empty if there is none. Raises OSError."""
    path = os.path.join(root, ".git")
    if os.path.isdir(path):
        return path
    if not os.path.isfile(path):
        return ""
    return os.path.join(root, _text(path).removeprefix("gitdir:").strip())


def _head(git_dir: str) -> str:
    """The commit that HEAD names, from the files of refs. Raises OSError."""
    common = git_dir
    try:
        common = os.path.join(git_dir, _text(os.path.join(git_dir, "commondir")).strip())
    except OSError:
        pass  # not a linked working tree
    name = _text(os.path.join(git_dir, "HEAD")).strip()
    if not name.startswith("ref: "):
        return name
    name = name.removeprefix("ref: ")
    try:
        return _text(os.path.join(common, name)).strip()
    except FileNotFoundError:
        return _packed_ref(os.path.join(common, "packed-refs"), name)


def _packed_ref(path: str, name: str) -> str:
    try:
        data = read_plain(path, _MAX_INDEX_BYTES)
    except FileNotFoundError:
        return ""
    before, found, _ = data.partition(b" " + os.fsencode(name) + b"\n")
    return before[-40:].decode("ascii") if found else ""


def _read_entries(index: GitIndex) -> None:
    """Raises OSError, ValueError, struct.error."""
    with open_plain(os.path.join(index.git_dir, "index")) as file:
        index.time = os.fstat(file.fileno()).st_mtime_ns
        data = file.read(_MAX_INDEX_BYTES)
    version = int.from_bytes(data[4:8], "big")
    if data[:4] != b"DIRC" or version not in (2, 3) or _has_long_names(index.git_dir):
        return
    index.data = data
    unpack, mtimes, at = _BRIEF.unpack_from, index.mtimes, _HEADER_BYTES
    for _ in range(int.from_bytes(data[8:12], "big")):
        seconds, ns, flags = unpack(data, at)
        start = at + _FIELDS_BYTES + (2 if flags & _EXTENDED else 0)
        length = flags & _NAME_LENGTH
        if length == _NAME_LENGTH:
            length = data.index(b"\0", start) - start
        mtimes[data[start : start + length].decode("utf-8", "surrogateescape")] = (
            seconds * _BILLION + ns
        )
        at += (start - at + length + 8) & ~7
    if _is_partial(data, at):
        index.mtimes, index.data = {}, b""


def _is_partial(data: bytes, at: int) -> bool:
    """Whether an extension, the first of which is at ``at``, says that entries are elsewhere."""
    while at + _EXTENSION_HEADER_BYTES + _CHECKSUM_BYTES <= len(data):
        if data[at : at + 4] in (b"link", b"sdir"):  # split, sparse
            return True
        at += _EXTENSION_HEADER_BYTES + int.from_bytes(data[at + 4 : at + 8], "big")
    return False


def _has_long_names(git_dir: str) -> bool:
    """Whether the repository names objects by SHA-256. Its index has larger entries."""
    try:
        return "objectformat" in _text(os.path.join(git_dir, "config")).lower()
    except OSError:
        return False


def _text(path: str) -> str:
    return os.fsdecode(read_plain(path, _MAX_SMALL_FILE_BYTES))
