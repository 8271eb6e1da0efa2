"""Scans a directory tree. Only files whose times, size, inode or mode changed are read.

Nothing is followed to the outside: symlinks are kept as symlinks, directories are opened from their parent,
other file systems are left alone.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TYPE_CHECKING

from agentrec.snapshots.model import FOLDER, KIND, MAX_DEPTH, RefusedDirectoryError, SnapshotError
from agentrec.snapshots.scan.directory_tree import MODE, SIZE, DirectoryNode, FileKey
from agentrec.snapshots.scan.file_reader import is_fresh, key_of
from agentrec.snapshots.scan.file_source import LIVE, NO_FD, ChangedError, OpenDirectory
from agentrec.snapshots.scan.path_selection import KEPT, MUST, OUT, PathSelection
from agentrec.snapshots.scan.user_repository import UserRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.file_reader import FileStatus
    from agentrec.snapshots.scan.file_source import Entry, FileSource
    from agentrec.snapshots.scan.path_selection import Context, Verdict
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules

# Begins the names of files that a restore is writing, or was when it was killed.
RESTORE_PREFIX = ".agentrec-restore-"
# Why a file is not in the snapshot: its content from before is nowhere.
CHANGED = "changed before it was read"
# Codex's sandbox makes these, empty, while a command runs in it.
_SANDBOX_FOLDERS = frozenset({".agents", ".aws", ".codex"})
_SPECIAL_FILES = {
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class TreeScanner:
    """Scans ``root`` again and again.

    ``files`` and ``bytes`` count what the last scan kept, ``read`` the files it had to read.
    """

    def __init__(self, root: str, rules: SnapshotRules) -> None:
        self.root, self._rules = root, rules
        self._repository = UserRepository(root)
        self._selection = PathSelection(rules.out, rules.keep, self._repository.excludes)
        self.files = self.bytes = self.read = 0
        self._sink: ObjectSink
        self._source: FileSource = LIVE
        self._device = 0

    @property
    def excludes(self) -> bytes:
        """The ignore patterns that are in no file of the tree."""
        return self._repository.excludes

    @property
    def head(self) -> str:
        """The commit that HEAD of the user's repository names, or empty."""
        return self._repository.head()

    def scan(
        self,
        before: DirectoryNode | None,
        sink: ObjectSink,
        must: frozenset[str] = frozenset(),
        source: FileSource = LIVE,
    ) -> DirectoryNode:
        """The tree as ``source`` has it, its objects in ``sink``. ``before``: the tree of the last scan.

        The paths in ``must`` are in, whatever the rules say. Raises RefusedDirectoryError for a tree that
        is too large, SnapshotError if the root cannot be read or the store cannot be written.
        """
        self._sink, self._source = sink, source
        self.files = self.bytes = self.read = 0
        tracked, added = self._tracked()
        fresh = before is None or any(_was_out(before, path) for path in added)
        start = self._selection.start(tracked, must, fresh=fresh)
        try:
            fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                status = os.fstat(fd)
                self._device = status.st_dev
                root = OpenDirectory(fd, "", DirectoryNode(status.st_mode), before, 0)
                return self._scan_directory(root, start)
            finally:
                os.close(fd)
        except OSError as error:
            raise SnapshotError(f"cannot read {self.root}: {error.strerror}") from None

    def _tracked(self) -> tuple[frozenset[str], frozenset[str]]:
        """What the user's repository tracks, and what it did not in the last scan."""
        if self._source.tracked is not None:
            return self._source.tracked, self._source.tracked
        added = self._repository.refresh()
        return self._repository.tracked, added

    def _scan_directory(self, directory: OpenDirectory, above: Context) -> DirectoryNode:
        node = directory.node
        entries = self._source.entries(directory)
        same_rules = self._enter(directory, above, entries)
        folders = self._scan_files(directory, entries, same_rules=same_rules)
        self._check_limits(node)
        for name, status in folders:
            self._scan_folder(directory, name, status)
        node.make_tree(self._sink, directory.before)
        return node

    def _scan_files(
        self, directory: OpenDirectory, entries: Sequence[Entry], *, same_rules: bool
    ) -> list[tuple[str, FileStatus]]:
        """Keep the files; returns the directories. When nothing has changed, the time goes here."""
        node, before = directory.node, directory.before
        known = before.files if before and same_rules else {}
        out = before.out if before and same_rules else {}
        folders, kept, size = [], node.files, 0
        for entry in entries:
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
            if status.st_mode & KIND == FOLDER:
                folders.append((name, status))
                continue
            key = key_of(status)
            seen = known.get(name)
            if seen is not None and seen[0] == key:
                kept[name] = seen
                size += key[SIZE]
            else:
                self._scan_file(directory, name, key)
        self.bytes += size
        return folders

    def _enter(self, directory: OpenDirectory, above: Context, entries: Sequence[Entry]) -> bool:
        """Set the context in the directory; whether it is the same as in the scan before."""
        node, before = directory.node, directory.before
        node.above, node.marker = above, _ignore_file_marker(entries)
        if before is not None and before.above is above and before.marker == node.marker:
            node.inside = before.inside
            if node.inside is not None:
                return True
        patterns = b"" if node.marker is None else self._source.ignore_file(directory)
        node.inside = self._selection.inside(above, directory.path, patterns)
        return False

    def _check_limits(self, node: DirectoryNode) -> None:
        self.files += len(node.files)
        most_files, most_bytes = self._rules.most_files, self._rules.most_bytes
        if self.files > most_files:
            raise _too_large(self.root, f"{most_files:,} files", "most-files")
        if self.bytes > most_bytes:
            raise _too_large(self.root, f"{most_bytes / 1e9:g} GB", "most-bytes")

    def _scan_folder(self, directory: OpenDirectory, name: str, status: FileStatus) -> None:
        node, path = directory.node, directory.path + name
        context = self._selection.folder(_context(node), path)
        if context is None:
            node.out[name] = True
        elif status.st_dev != self._device:
            node.left[name] = "other file system"
        elif directory.depth >= MAX_DEPTH:
            node.left[name] = "too deep"
        else:
            self._open_folder(directory, name, status.st_mode, context)

    def _open_folder(
        self, directory: OpenDirectory, name: str, mode: int, context: Context
    ) -> None:
        node, path, depth = directory.node, f"{directory.path}{name}/", directory.depth + 1
        before = directory.before.folders.get(name) if directory.before else None
        try:
            fd = self._source.open_folder(directory, name)
            try:
                inner = OpenDirectory(fd, path, DirectoryNode(mode), before, depth)
                scanned = self._scan_directory(inner, context)
                if name not in _SANDBOX_FOLDERS or not _is_empty(scanned):
                    node.folders[name] = scanned
            finally:
                if fd != NO_FD:
                    os.close(fd)
        except FileNotFoundError:
            return
        except OSError:
            node.left[name] = "unreadable"

    def _scan_file(self, directory: OpenDirectory, name: str, key: FileKey) -> None:
        """Keep a file that is new or has changed, or note why it is not kept."""
        node = directory.node
        verdict = self._selection.file(_context(node), directory.path + name)
        if verdict is OUT:
            node.out[name] = False
        elif special := _SPECIAL_FILES.get(stat.S_IFMT(key[MODE])):
            node.left[name] = special
        elif key[SIZE] > self._size_limit(verdict):
            node.left[name] = "large"
        else:
            self._keep_file(directory, name, key, verdict)

    def _keep_file(
        self, directory: OpenDirectory, name: str, key: FileKey, verdict: Verdict
    ) -> None:
        node, before = directory.node, directory.before
        seen = before.files.get(name) if before else None
        try:
            if seen is None or seen.key != key:
                self.read += 1
                seen = self._source.read(directory, name, key, self._sink)
        except FileNotFoundError:
            return
        except ChangedError:
            node.left[name] = CHANGED
            return
        except OSError:
            node.left[name] = "unreadable"
            return
        if seen is None or seen.key[SIZE] > self._size_limit(verdict):
            node.left[name] = "changing"
            return
        node.files[name] = seen
        self.bytes += seen.key[SIZE]

    def _size_limit(self, verdict: Verdict) -> int:
        if verdict is MUST:
            return sys.maxsize
        return self._rules.small if verdict is KEPT else self._rules.largest


def _ignore_file_marker(entries: Sequence[Entry]) -> object:
    """What is equal while the .gitignore among the entries is the same; None if there is none.

    One that may still change equals nothing.
    """
    for entry in entries:
        if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
            try:
                key = key_of(entry.stat(follow_symlinks=False))
            except OSError:
                return None
            return object() if is_fresh(key, time.time_ns()) else key
    return None


def _context(node: DirectoryNode) -> Context:
    assert node.inside is not None
    return node.inside


def _is_empty(node: DirectoryNode) -> bool:
    return not (node.files or node.folders or node.left or node.out)


def _was_out(root: DirectoryNode, path: str) -> bool:
    """Whether the scan that saw ``root`` kept ``path``, or a directory above it, out."""
    node = root
    *folders, name = path.split("/")
    for folder in folders:
        if folder in node.out or folder not in node.folders:
            return folder in node.out
        node = node.folders[folder]
    return name in node.out


def _too_large(root: str, what: str, setting: str) -> RefusedDirectoryError:
    return RefusedDirectoryError(
        f"no snapshots of {root}: more than {what}",
        f"exclude large directories with `out`, or raise `{setting}`, in [snapshots] of config.toml",
    )
