"""What a scan has to look at, when something is known of what changed since the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.snapshots.scan.directory_tree import DirectoryNode
    from agentrec.snapshots.scan.file_source import OpenDirectory
    from agentrec.snapshots.scan.path_selection import Context


class Changes:
    """Directories to scan, by path with a trailing slash (the root is empty).

    ``listed``      those in which something happened
    ``whole``       those in which everything has to be scanned, however deep
    ``below``       those on the way to them, and which of their directories these are in
    ``everything``  nothing is known: the whole tree
    """

    def __init__(
        self, listed: Iterable[str] = (), whole: Iterable[str] = (), *, everything: bool = False
    ) -> None:
        self.listed, self.whole = frozenset(listed), frozenset(whole)
        self.everything = everything
        self.below: dict[str, set[str]] = {}
        for path in (*self.listed, *self.whole):
            self._add_way_to(path)

    def touches(self, path: str) -> bool:
        """Whether something in a directory, however deep, has to be scanned."""
        known = path in self.listed or path in self.whole or path in self.below
        return self.everything or known

    def covers(self, path: str, before: DirectoryNode | None, mode: int, context: Context) -> bool:
        """Whether everything in a directory has to be scanned, which was ``before`` what it was."""
        if self.everything or before is None or path in self.whole:
            return True
        return before.mode != mode or before.above is not context

    def lists(self, directory: OpenDirectory) -> bool:
        """Whether the entries of a directory have to be looked at, not only directories in it."""
        before, path = directory.before, directory.path
        if self.everything or directory.whole or before is None or path in self.listed:
            return True
        return not self.below[path] <= before.folders.keys()

    def _add_way_to(self, path: str) -> None:
        while path:
            above, slash, name = path[:-1].rpartition("/")
            names = self.below.setdefault(above + slash, set())
            if name in names:
                return
            names.add(name)
            path = above + slash


EVERYTHING = Changes(everything=True)
