"""A directory tree as it is now. Only files whose times, size, inode or mode changed are read.

Nothing outside is ever followed into: symlinks are kept as symlinks, directories are opened below
each other, other file systems are left alone.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.gitstore.pack import FileChangedError
from agentrec.snapshots.model import FOLDER, KIND, RefusedDirectoryError, SnapshotError
from agentrec.snapshots.scan.directory_tree import UNCERTAIN, DirectoryNode, FileKey, SeenFile
from agentrec.snapshots.scan.path_selection import KEPT, MUST, OUT, PathSelection
from agentrec.snapshots.scan.user_repository import UserRepository

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.path_selection import Context, Verdict
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules

RESTORE_PREFIX = ".agentrec-restore-"  # files of a restore that is going on, or was killed
WHOLE_FILE_BYTES = 4 << 20  # bytes of a file that is read at once
MAX_DEPTH = 200  # directories below each other; all on the way down are open
FINE_CLOCK_NS = 20_000_000  # ns: times of files may be this much behind the clock,
COARSE_CLOCK_NS = 2_100_000_000  # or this much on file systems that keep whole seconds
_MAX_READS = 3
_SPECIAL = {
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class OpenDirectory(NamedTuple):
    """A directory that is being scanned: open as ``fd``, ``path`` ends with a slash or is empty."""

    fd: int
    path: str
    node: DirectoryNode
    before: DirectoryNode | None
    depth: int


class TreeScanner:
    """Scans ``root`` again and again. ``files`` and ``bytes`` count what the last scan kept,
    ``read`` the files it had to read."""

    def __init__(self, root: str, rules: SnapshotRules) -> None:
        self.root, self._rules = root, rules
        self._repository = UserRepository(root)
        self._patterns = PathSelection(rules.out, rules.keep, self._repository.excludes)
        self.files = self.bytes = self.read = 0
        self._sink: ObjectSink
        self._device = 0

    @property
    def excludes(self) -> bytes:
        """The ignore patterns that are in no file of the tree."""
        return self._repository.excludes

    @property
    def head(self) -> str:
        """The commit that the user's repository stands at, or empty."""
        return self._repository.head()

    def scan(
        self, before: DirectoryNode | None, sink: ObjectSink, must: frozenset[str] = frozenset()
    ) -> DirectoryNode:
        """The tree now, its objects in ``sink``. ``before``: the tree of the last scan.

        What is in ``must`` (paths) is in, whatever the rules say. Raises RefusedError for a tree that is
        too large, SnapshotError when the root cannot be read or the store cannot be written.
        """
        self._sink = sink
        self.files = self.bytes = self.read = 0
        added = self._repository.look()
        fresh = before is None or any(_is_out(before, path) for path in added)
        start = self._patterns.start(self._repository.tracked, must, fresh=fresh)
        try:
            fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                status = os.fstat(fd)
                self._device = status.st_dev
                return self._folder(
                    OpenDirectory(fd, "", DirectoryNode(status.st_mode), before, 0), start
                )
            finally:
                os.close(fd)
        except OSError as error:
            raise SnapshotError(f"cannot read {self.root}: {error.strerror}") from None

    def _folder(self, place: OpenDirectory, above: Context) -> DirectoryNode:
        node, before = place.node, place.before
        with os.scandir(place.fd) as listing:
            entries = list(listing)
        known = self._enter(place, above, entries)
        files = before.files if before and known else {}
        out = before.out if before and known else {}
        inner = []
        kept, size = node.files, 0
        for entry in entries:  # where the time goes when nothing has changed
            name = entry.name
            if name in out and out[name] is entry.is_dir(follow_symlinks=False):
                node.out[name] = out[name]
                continue
            if name[0] == "." and (name == ".git" or name.startswith(RESTORE_PREFIX)):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it is gone again
            mode = status.st_mode
            if mode & KIND == FOLDER:
                inner.append((name, status))
                continue
            times = status.st_mtime_ns, status.st_ctime_ns
            key = (times[0], times[1], status.st_size, status.st_ino, mode)
            seen = files.get(name)
            if seen is not None and seen[0] == key:
                kept[name] = seen
                size += key[2]
            else:
                self._file(place, name, key)
        self.bytes += size
        self._count(node)
        for name, status in inner:
            self._inner(place, name, status)
        node.make_tree(self._sink, before)
        return node

    def _enter(self, place: OpenDirectory, above: Context, entries: list[os.DirEntry[str]]) -> bool:
        """Find the context in the directory; whether it is the one of the scan before."""
        node, before = place.node, place.before
        node.above = above
        for entry in entries:
            if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
                try:
                    key = key_of(entry.stat(follow_symlinks=False))
                except OSError:
                    break
                node.marker = None if is_fresh(key, time.time_ns()) else key
                if node.marker is None or before is None or before.marker != key:
                    node.inside = self._patterns.inside(above, place.path, _ignore_file(place.fd))
                    return False
                break
        if before is not None and before.above is above and before.marker == node.marker:
            node.inside = before.inside
            return node.inside is not None
        text = _ignore_file(place.fd) if node.marker else b""
        node.inside = self._patterns.inside(above, place.path, text)
        return False

    def _count(self, node: DirectoryNode) -> None:
        self.files += len(node.files)
        files, size = self._rules.most_files, self._rules.most_bytes
        if self.files > files:
            raise _too_much(self.root, f"{files:,} files", "most-files")
        if self.bytes > size:
            raise _too_much(self.root, f"{size / 1e9:g} GB", "most-bytes")

    def _inner(self, place: OpenDirectory, name: str, status: os.stat_result) -> None:
        node = place.node
        path = place.path + name
        context = self._patterns.folder(_context(node), path)
        if context is None:
            node.out[name] = True
            return
        if status.st_dev != self._device:
            node.left[name] = "other file system"
            return
        if place.depth >= MAX_DEPTH:
            node.left[name] = "too deep"
            return
        before = place.before.folders.get(name) if place.before else None
        try:
            fd = os.open(name, _OPEN_DIRECTORY, dir_fd=place.fd)
            try:
                inner = OpenDirectory(
                    fd, path + "/", DirectoryNode(status.st_mode), before, place.depth + 1
                )
                node.folders[name] = self._folder(inner, context)
            finally:
                os.close(fd)
        except FileNotFoundError:
            return
        except OSError:
            node.left[name] = "unreadable"

    def _file(self, place: OpenDirectory, name: str, key: FileKey) -> None:
        node = place.node
        verdict = self._patterns.file(_context(node), place.path + name)
        if verdict is OUT:
            node.out[name] = False
            return
        if what := _SPECIAL.get(stat.S_IFMT(key[4])):
            node.left[name] = what
            return
        if key[2] > self._bound(verdict):
            node.left[name] = "large"
            return
        seen = place.before.files.get(name) if place.before else None
        try:
            found = seen if seen and seen.key == key else self._content(place.fd, name, key)
        except FileNotFoundError:
            return
        except OSError:
            node.left[name] = "unreadable"
            return
        if found is None or found.key[2] > self._bound(verdict):
            node.left[name] = "changing"
            return
        node.files[name] = found
        self.bytes += found.key[2]

    def _bound(self, verdict: Verdict) -> int:
        if verdict is MUST:
            return sys.maxsize
        return self._rules.small if verdict is KEPT else self._rules.largest

    def _content(self, fd: int, name: str, key: FileKey) -> SeenFile | None:
        """Keep a file's or symlink's content; None when it does not stand still.

        What changes while it is small is kept as it was read: a log that grows all the time, say.
        """
        self.read += 1
        if stat.S_ISLNK(key[4]):
            return SeenFile(key, self._sink.add("blob", os.fsencode(os.readlink(name, dir_fd=fd))))
        for attempt in range(_MAX_READS):
            now = time.time_ns()
            file = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd
            )
            try:
                if attempt:
                    key = key_of(os.fstat(file))
                if not stat.S_ISREG(key[4]):
                    return None
                if key[2] > WHOLE_FILE_BYTES:
                    found = self._large(file, key)
                else:
                    data = _read(file, key[2])
                    after = key_of(os.fstat(file))
                    steady = len(data) == key[2] and after == key
                    if not steady and attempt < _MAX_READS - 1:
                        continue
                    if not steady:
                        key = (after[0], UNCERTAIN, len(data), *after[3:])
                    found = SeenFile(key, self._sink.add("blob", data))
            finally:
                os.close(file)
            if found is not None:
                return found._replace(key=_uncertain(found.key)) if is_fresh(key, now) else found
        return None

    def _large(self, file: int, key: FileKey) -> SeenFile | None:
        try:
            name = self._sink.add_file(file, key[2])
        except FileChangedError:
            return None
        return SeenFile(key, name) if key_of(os.fstat(file)) == key else None


_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def key_of(status: os.stat_result) -> FileKey:
    """What tells whether a file is still the same."""
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode)


def is_fresh(key: FileKey, now: int) -> bool:
    """Whether a file with this key may change after ``now`` (ns) and keep its times."""
    return key[1] > now - (FINE_CLOCK_NS if key[1] % 1_000_000_000 else COARSE_CLOCK_NS)


def _uncertain(key: FileKey) -> FileKey:
    return (key[0], UNCERTAIN, key[2], key[3], key[4])


def _context(node: DirectoryNode) -> Context:
    assert node.inside is not None
    return node.inside


def _read(fd: int, size: int) -> bytes:
    """All of a file that should have ``size`` bytes, and one more if there is one."""
    data = os.read(fd, size + 1)
    while len(data) < size:  # a read that gives less than was asked for has met the end, as a rule
        more = os.read(fd, size + 1 - len(data))
        if not more:
            break
        data += more
    return data


def _ignore_file(fd: int) -> bytes:
    try:
        file = os.open(".gitignore", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
    except OSError:
        return b""
    try:
        return _read(file, 1 << 20)
    finally:
        os.close(file)


def _is_out(root: DirectoryNode, path: str) -> bool:
    """Whether the scan that found ``root`` kept ``path``, or a directory above it, out."""
    node = root
    *folders, name = path.split("/")
    for folder in folders:
        if folder in node.out or folder not in node.folders:
            return folder in node.out
        node = node.folders[folder]
    return name in node.out


def _too_much(root: str, what: str, setting: str) -> RefusedDirectoryError:
    return RefusedDirectoryError(
        f"no snapshots of {root}: more than {what}",
        f"keep large directories out with `out`, or raise `{setting}` under [snapshots] in config.toml",
    )
