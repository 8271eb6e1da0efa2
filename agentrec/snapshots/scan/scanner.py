"""Scans a directory tree. Only files whose times, size, inode or mode changed are read.

Nothing is followed to the outside: symlinks are kept as symlinks, directories are opened from their parent,
other file systems are left alone.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from agentrec.snapshots.model import FOLDER, KIND, MAX_DEPTH, RefusedDirectoryError, SnapshotError
from agentrec.snapshots.scan.changes import EVERYTHING
from agentrec.snapshots.scan.directory_tree import (
    CTIME,
    INODE,
    MODE,
    SIZE,
    UNCERTAIN,
    DirectoryNode,
    FileKey,
)
from agentrec.snapshots.scan.file_reader import key_of
from agentrec.snapshots.scan.file_source import (
    LIVE,
    NO_FD,
    ChangedError,
    OpenDirectory,
    ignore_file_marker,
)
from agentrec.snapshots.scan.path_selection import IN, KEPT, MUST, OUT, PathSelection
from agentrec.snapshots.scan.user_repository import UserRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.file_reader import FileStatus
    from agentrec.snapshots.scan.file_source import Entry, FileSource
    from agentrec.snapshots.scan.path_selection import Context, Verdict
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules
    from agentrec.snapshots.scan.tree_watcher import TreeWatcher
    from agentrec.snapshots.scan.tree_watches import TreeWatches

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

    ``files`` and ``bytes`` count what the last scan kept, ``read`` the files it had to read. With a
    ``watcher`` only directories in which something changed are scanned, where it can tell.
    """

    def __init__(self, root: str, rules: SnapshotRules, watcher: TreeWatcher | None = None) -> None:
        self.root, self._rules, self._watcher = root, rules, watcher
        self._repository = UserRepository(root)
        self._selection = PathSelection(rules.out, rules.keep, self._repository.excludes)
        self.files = self.bytes = self.read = 0
        self._sink: ObjectSink
        self._source: FileSource = LIVE
        self._device = 0
        self._tracked: frozenset[str] = frozenset()
        self._changes = EVERYTHING
        self._watches: TreeWatches | None = None

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
        start = self._start(before, must)
        while True:
            self._begin(before)
            root = self._scan_root(before, start)
            if self._watcher is None or self._watcher.end(root, self._changes):
                return root

    def _begin(self, before: DirectoryNode | None) -> None:
        """Find out what to scan."""
        self.files = self.bytes = self.read = 0
        self._changes, self._watches = EVERYTHING, None
        if self._watcher is None:
            return
        if self._source is LIVE:
            self._changes = self._watcher.begin(before)
            self._watches = self._watcher.watches
        else:
            self._watcher.close()

    def _start(self, before: DirectoryNode | None, must: frozenset[str]) -> Context:
        """The context of the root: a new one if what is tracked now changes what is in."""
        tracked = self._source.tracked
        tracked = self._repository.refresh() if tracked is None else tracked
        fresh = before is None or before.inside is None
        if before is not None and not fresh and tracked is not self._tracked:
            fresh = any(self._is_judged_anew(before, path) for path in tracked ^ self._tracked)
        self._tracked = tracked
        return self._selection.start(tracked, must, fresh=fresh)

    def _is_judged_anew(self, root: DirectoryNode, path: str) -> bool:
        """Whether it matters to a ``path`` in a scanned tree that it is tracked, or not any more."""
        node = root
        *folders, _ = path.split("/")
        for folder in folders:
            if folder not in node.folders:
                return folder in node.out
            node = node.folders[folder]
        return self._selection.untracked_file(_context(node), path) is not IN

    def _scan_root(self, before: DirectoryNode | None, start: Context) -> DirectoryNode:
        try:
            fd = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                status = os.fstat(fd)
                self._device = status.st_dev
                whole = self._changes.covers("", before, status.st_mode, start)
                if not whole and before is not None and not self._changes.touches(""):
                    return self._keep_folder(before)
                node = DirectoryNode(status.st_mode)
                return self._scan_directory(OpenDirectory(fd, "", node, before, 0, whole), start)
            finally:
                os.close(fd)
        except OSError as error:
            raise SnapshotError(f"cannot read {self.root}: {error.strerror}") from None

    def _keep_folder(self, before: DirectoryNode) -> DirectoryNode:
        """Nothing has changed in it."""
        self.files += before.totals.files
        self.bytes += before.totals.bytes
        return before

    def _scan_directory(self, directory: OpenDirectory, above: Context) -> DirectoryNode:
        if not self._changes.lists(directory):
            return self._scan_below(directory)
        node, watches = directory.node, self._watches
        if watches is not None:
            watches.listing(directory.path, directory.fd if directory.whole else None)
        entries = self._source.entries(directory)
        same_rules = self._enter(directory, above, entries)
        folders = self._scan_files(directory, entries, same_rules=same_rules)
        self._check_limits(node)
        for name, status in folders:
            self._scan_folder(directory, name, status)
        return self._complete(directory)

    def _scan_below(self, directory: OpenDirectory) -> DirectoryNode:
        """Scan directories in a directory in which nothing else has changed."""
        before, names = directory.before, self._changes.below[directory.path]
        assert before is not None
        directory = directory._replace(node=before.copy())
        self.bytes += before.size
        self._check_limits(before)
        for name in names:
            folder = directory.node.folders.pop(name)
            assert folder.above is not None
            self._open_folder(directory, name, folder.mode, folder.above)
        for name in before.folders.keys() - names:
            self._keep_folder(before.folders[name])
        return self._complete(directory)

    def _complete(self, directory: OpenDirectory) -> DirectoryNode:
        node = directory.node
        node.make_tree(self._sink, directory.before)
        if node.left and self._watches is not None:
            self._watches.unsettle(directory.path)
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
            if status.st_nlink > 1 and name in kept:
                self._note_linked(directory, key)
        self.bytes += size
        return folders

    def _enter(self, directory: OpenDirectory, above: Context, entries: Sequence[Entry]) -> bool:
        """Set the context in the directory; whether it is the same as in the scan before."""
        node, before = directory.node, directory.before
        node.above, node.marker = above, ignore_file_marker(entries)
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
        whole = directory.whole or self._changes.covers(path, before, mode, context)
        if not whole and before is not None and not self._changes.touches(path):
            node.folders[name] = self._keep_folder(before)
            return
        try:
            fd = self._source.open_folder(directory, name)
            try:
                inner = OpenDirectory(fd, path, DirectoryNode(mode), before, depth, whole)
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
        if seen.key[CTIME] == UNCERTAIN and self._watches is not None:
            self._watches.unsettle(directory.path)

    def _note_linked(self, directory: OpenDirectory, key: FileKey) -> None:
        if self._watches is not None:
            known = self._changes.everything
            self._watches.add_linked(directory.path, key[INODE], known=known)

    def _size_limit(self, verdict: Verdict) -> int:
        if verdict is MUST:
            return sys.maxsize
        return self._rules.small if verdict is KEPT else self._rules.largest


def _context(node: DirectoryNode) -> Context:
    assert node.inside is not None
    return node.inside


def _is_empty(node: DirectoryNode) -> bool:
    return not (node.files or node.folders or node.left or node.out)


def _too_large(root: str, what: str, setting: str) -> RefusedDirectoryError:
    return RefusedDirectoryError(
        f"no snapshots of {root}: more than {what}",
        f"exclude large directories with `out`, or raise `{setting}`, in [snapshots] of config.toml",
    )
