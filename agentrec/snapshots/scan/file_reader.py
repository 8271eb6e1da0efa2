"""Reads files that may change meanwhile, and says for how long what was read can be trusted."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore.pack import FileChangedError, read_pieces
from agentrec.snapshots.scan.directory_tree import (
    CTIME,
    MODE,
    SIZE,
    UNCERTAIN,
    SeenFile,
)

if TYPE_CHECKING:
    from typing import Protocol

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.directory_tree import FileKey

    class FileStatus(Protocol):
        """What is needed of ``os.stat_result``."""

        @property
        def st_mode(self) -> int: ...
        @property
        def st_dev(self) -> int: ...
        @property
        def st_mtime_ns(self) -> int: ...
        @property
        def st_ctime_ns(self) -> int: ...
        @property
        def st_size(self) -> int: ...
        @property
        def st_ino(self) -> int: ...
        @property
        def st_nlink(self) -> int: ...


# Files up to this size are read at once.
WHOLE_FILE_BYTES = 4 << 20
# The times of files may lag behind the clock by this much, and by that on file systems that keep
# whole seconds.
FINE_CLOCK_NS = 20_000_000
COARSE_CLOCK_NS = 2_100_000_000
_MAX_READS = 3
MAX_IGNORE_FILE_BYTES = 1 << 20
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def key_of(status: FileStatus) -> FileKey:
    """What shows whether a file is still the same."""
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode)


def is_fresh(key: FileKey, now: int) -> bool:
    """Whether a file with this key may change after ``now`` (ns) and keep its times."""
    return key[CTIME] > now - (FINE_CLOCK_NS if key[CTIME] % 1_000_000_000 else COARSE_CLOCK_NS)


def read_file(fd: int, name: str, key: FileKey, sink: ObjectSink) -> SeenFile | None:
    """Put the content of a file or symlink in the directory ``fd`` into ``sink``.

    None if it changes all the time; but a small file, a growing log for instance, is kept as it was read.
    Raises OSError.
    """
    if stat.S_ISLNK(key[MODE]):
        target = os.fsencode(os.readlink(name, dir_fd=fd))
        return SeenFile(key, sink.add("blob", target))
    for attempt in range(_MAX_READS):
        now = time.time_ns()
        file = os.open(name, OPEN_FILE, dir_fd=fd)
        try:
            if attempt:
                key = key_of(os.fstat(file))
            if not stat.S_ISREG(key[MODE]):
                return None
            seen = _read_once(file, key, sink, last=attempt == _MAX_READS - 1)
        finally:
            os.close(file)
        if seen is not None:
            return seen._replace(key=uncertain(seen.key)) if is_fresh(key, now) else seen
    return None


def read_unchanged(fd: int, name: str, key: FileKey, sink: ObjectSink) -> SeenFile | None:
    """As ``read_file``, but None if it is not the file with this ``key`` any more."""
    if stat.S_ISLNK(key[MODE]):
        target = os.fsencode(os.readlink(name, dir_fd=fd))
        same = key_of(os.stat(name, dir_fd=fd, follow_symlinks=False)) == key
        return SeenFile(key, sink.add("blob", target)) if same else None
    file = os.open(name, OPEN_FILE, dir_fd=fd)
    try:
        same = key_of(os.fstat(file)) == key
        return _read_once(file, key, sink, last=False) if same else None
    finally:
        os.close(file)


def read_ignore_file(fd: int) -> bytes:
    """The .gitignore in the directory ``fd``, or nothing."""
    try:
        file = os.open(".gitignore", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
    except OSError:
        return b""
    try:
        return _read_all(file, MAX_IGNORE_FILE_BYTES)
    finally:
        os.close(file)


def _read_once(file: int, key: FileKey, sink: ObjectSink, *, last: bool) -> SeenFile | None:
    """None if it changed while it was read, unless this is the ``last`` attempt and it is small."""
    if key[SIZE] > WHOLE_FILE_BYTES:
        return _read_large(file, key, sink)
    data = _read_all(file, key[SIZE])
    after = key_of(os.fstat(file))
    if len(data) != key[SIZE] or after != key:
        if not last:
            return None
        key = (after[0], UNCERTAIN, len(data), *after[3:])
    return SeenFile(key, sink.add("blob", data))


def _read_large(file: int, key: FileKey, sink: ObjectSink) -> SeenFile | None:
    try:
        name = sink.add_pieces(read_pieces(file, key[SIZE]), key[SIZE])
    except FileChangedError:
        return None
    return SeenFile(key, name) if key_of(os.fstat(file)) == key else None


def _read_all(fd: int, size: int) -> bytes:
    """All of a file that should have ``size`` bytes, and one more if there is one."""
    data = os.read(fd, size + 1)
    while len(data) < size:  # a short read has usually met the end
        more = os.read(fd, size + 1 - len(data))
        if not more:
            break
        data += more
    return data


def uncertain(key: FileKey) -> FileKey:
    """A key that no file has: it will be read again."""
    return (key[0], UNCERTAIN, *key[2:])
