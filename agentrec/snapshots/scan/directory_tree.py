"""A directory tree in memory: what a scan saw, and what the next one compares with."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.model import FILE, FOLDER, KIND, LINK, PERMISSIONS, FileEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


class Totals(NamedTuple):
    """What is in a directory and below it. The directory itself does not count.

    ``modes``    how many files and symlinks have each mode
    ``folders``  how many directories have each permissions
    ``left``     what the rules want and is not in the snapshot
    ``empty``    directories with nothing to keep in them
    """

    files: int
    bytes: int
    modes: dict[int, int]
    folders: dict[int, int]
    left: int
    empty: int


class DirectoryNode:
    """One directory. Names are text with undecodable bytes as surrogates (``os.fsdecode``).

    ``files``, ``folders``  what is in the snapshot
    ``left``     what is not, though the rules want it: name -> why
    ``out``      what the rules keep out: name -> whether it is a directory
    ``tree``     the name of its git tree; empty if there is nothing to keep in it
    ``size``     bytes of its files, ``census`` how many of them have each mode
    ``totals``   of everything in it and below; set with ``tree``
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
        "size",
        "totals",
        "tree",
    )

    def __init__(self, mode: int) -> None:
        self.mode = mode
        self.files: dict[str, SeenFile] = {}
        self.folders: dict[str, DirectoryNode] = {}
        self.left: dict[str, str] = {}
        self.out: dict[str, bool] = {}
        self.tree = b""
        self.size = 0
        self.census: dict[int, int] = {}
        self.totals = _NOTHING
        self.inside: Context | None = None
        self.above: Context | None = None
        self.marker: object = None

    def copy(self) -> DirectoryNode:
        """The same with other directories in it: ``folders`` and ``left`` may be changed."""
        node = DirectoryNode(self.mode)
        node.files, node.out = self.files, self.out
        node.folders, node.left = dict(self.folders), dict(self.left)
        node.inside, node.above, node.marker = self.inside, self.above, self.marker
        return node

    def same_files(self, other: DirectoryNode) -> tuple[bool, bool]:
        """Whether a git tree of both has the same files, and whether everything about them is the same."""
        mine, theirs = self.files, other.files
        if mine is theirs:
            return True, True
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
        """Set ``tree`` and what is counted, to those of ``before`` if nothing has changed."""
        trees = self.subtrees()
        same, exactly = self.same_files(before) if before is not None else (False, False)
        if before is not None and exactly and before.census:
            self.census, self.size = before.census, before.size
        else:
            self.census = Counter(seen.key[MODE] for seen in self.files.values())
            self.size = sum(seen.key[SIZE] for seen in self.files.values())
        self.totals = self._totals()
        if before is not None and same and before.tree and trees == before.subtrees():
            self.tree = before.tree
        elif entries := self._tree_entries(trees):
            self.tree = sink.add("tree", b"".join(entries))

    def _totals(self) -> Totals:
        files, size, left, empty = len(self.files), self.size, len(self.left), 0
        if not self.folders:
            return Totals(files, size, self.census, _NO_MODES, left, empty)
        modes, folders = dict(self.census), dict[int, int]()
        for node in self.folders.values():
            below = node.totals
            files += below.files
            size += below.bytes
            left += below.left
            empty += below.empty + (not node.tree)
            _add_to(modes, below.modes)
            _add_to(folders, below.folders)
            mode = node.mode & PERMISSIONS
            folders[mode] = folders.get(mode, 0) + 1
        return Totals(files, size, modes, folders, left, empty)

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

    def walk(
        self, path: str = "", where: Callable[[Totals], object] | None = None
    ) -> Iterator[tuple[str, DirectoryNode]]:
        """Every directory from this one down, with its path, which ends with a slash or is empty.

        With ``where``: this one, and those below whose totals, and those of all above them, it is true of.
        """
        stack = [(path, self)]
        while stack:
            here, node = stack.pop()
            yield here, node
            stack += [
                (f"{here}{name}/", inner)
                for name, inner in node.folders.items()
                if where is None or where(inner.totals)
            ]


_NO_MODES: dict[int, int] = {}
_NOTHING = Totals(0, 0, _NO_MODES, _NO_MODES, 0, 0)


def _add_to(counts: dict[int, int], more: dict[int, int]) -> None:
    for mode, count in more.items():
        counts[mode] = counts.get(mode, 0) + count


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
        return new.totals.files
    if new is old or (new.tree == old.tree and new.tree):
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
