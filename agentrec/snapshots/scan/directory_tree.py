"""A directory tree in memory: what a scan saw, and what the next one compares with."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.model import FILE, FOLDER, KIND, LINK, PERMISSIONS, FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.scan.path_selection import Context

# While these are the same, so is the content. Times are in ns. A plain tuple: there is one for each file.
FileKey = tuple[int, int, int, int, int]
MTIME, CTIME, SIZE, INODE, MODE = range(5)
# As a ctime: the file changed so recently that its times prove nothing.
UNCERTAIN = -1


class SeenFile(NamedTuple):
    """A file or symlink, and the name (20 bytes) of the blob that holds it."""

    key: FileKey
    name: bytes

    @property
    def mode(self) -> int:
        return self.key[MODE]

    @property
    def git_mode(self) -> int:
        """What a git tree can say of the mode."""
        if self.mode & KIND == LINK:
            return LINK
        return FILE | (0o755 if self.mode & 0o100 else 0o644)


class DirectoryNode:
    """One directory. Names are text with undecodable bytes as surrogates (``os.fsdecode``).

    ``files``, ``folders``  what is in the snapshot
    ``left``     what is not, though the rules want it: name -> why
    ``out``      what the rules keep out: name -> whether it is a directory
    ``tree``     the name of its git tree; empty if there is nothing to keep in it
    ``census``   how many of its files have each mode
    ``inside``   the context in it, which follows from that ``above`` and its .gitignore (``marker``)
    """

    __slots__ = (
        "above",
        "census",
        "files",
        "folders",
        "inside",
        "left",
        "marker",
        "mode",
        "out",
        "tree",
    )

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.files: dict[str, SeenFile] = {}
        self.folders: dict[str, DirectoryNode] = {}
        self.left: dict[str, str] = {}
        self.out: dict[str, bool] = {}
        self.tree = b""
        self.census: dict[int, int] = {}
        self.inside: Context | None = None
        self.above: Context | None = None
        self.marker: object = None

    def same_files(self, other: DirectoryNode) -> tuple[bool, bool]:
        """Whether a git tree of both has the same files, and whether everything about them is the same."""
        mine, theirs = self.files, other.files
        if mine.keys() != theirs.keys():
            return False, False
        exactly = True
        for name, seen in mine.items():
            was = theirs[name]
            if seen is not was:
                exactly = False
                if seen.name != was.name or seen.git_mode != was.git_mode:
                    return False, False
        return True, exactly

    def make_tree(self, sink: ObjectSink, before: DirectoryNode | None) -> None:
        """Set ``tree`` and ``census``, to those of ``before`` if nothing has changed."""
        trees = self.subtrees()
        same, exactly = self.same_files(before) if before is not None else (False, False)
        if before is not None and exactly and before.census:
            self.census = before.census
        else:
            self.census = Counter(seen.key[MODE] for seen in self.files.values())
        if before is not None and same and before.tree and trees == before.subtrees():
            self.tree = before.tree
        elif entries := self._tree_entries(trees):
            self.tree = sink.add("tree", b"".join(entries))

    def subtrees(self) -> dict[str, bytes]:
        return {name: node.tree for name, node in self.folders.items() if node.tree}

    def _tree_entries(self, trees: dict[str, bytes]) -> list[bytes]:
        """The entries of the git tree, in git's order: directories as if they ended with a slash."""
        entries = []
        for name, seen in self.files.items():
            raw = os.fsencode(name)
            entries.append((raw, b"%o %s\0%s" % (seen.git_mode, raw, seen.name)))
        for name, tree in trees.items():
            raw = os.fsencode(name)
            entries.append((raw + b"/", b"%o %s\0%s" % (FOLDER, raw, tree)))
        return [entry for _, entry in sorted(entries)]

    def walk(self, path: str = "") -> Iterator[tuple[str, DirectoryNode]]:
        """Every directory from this one down, with its path, which ends with a slash or is empty."""
        stack = [(path, self)]
        while stack:
            here, node = stack.pop()
            yield here, node
            stack += [(f"{here}{name}/", inner) for name, inner in node.folders.items()]


def entries_of(root: DirectoryNode) -> dict[str, FileEntry]:
    """All files and symlinks below ``root``, by path."""
    return {
        path + name: FileEntry(seen.mode, seen.name.hex())
        for path, node in root.walk()
        for name, seen in node.files.items()
    }


def folders_of(root: DirectoryNode) -> dict[str, int]:
    """All directories below ``root`` and their permissions, by path without a trailing slash."""
    return {path[:-1]: node.mode & PERMISSIONS for path, node in root.walk() if path}


def count_changes(new: DirectoryNode, old: DirectoryNode | None) -> int:
    """The number of files that differ."""
    if old is None:
        return sum(len(node.files) for _, node in new.walk())
    if new.tree == old.tree and new.tree:
        return 0
    count = len(new.files.keys() ^ old.files.keys())
    for name in new.files.keys() & old.files.keys():
        mine, theirs = new.files[name], old.files[name]
        count += mine is not theirs and (mine.name, mine.git_mode) != (theirs.name, theirs.git_mode)
    for name, node in new.folders.items():
        count += count_changes(node, old.folders.get(name))
    for name in old.folders.keys() - new.folders.keys():
        count += count_changes(old.folders[name], None)
    return count
