"""Lists the files of a directory tree with their times, sizes and inodes.

Loaded before the command starts: imports are light here, and the loop is written for speed.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.snapshots.first_look.git_index import GitIndex
    from agentrec.snapshots.first_look.skipped_folders import Skipped

    # mtime and ctime in ns, size, inode, mode; as in :mod:`agentrec.snapshots.scan.directory_tree`.
    Key = tuple[int, int, int, int, int]
    Other = tuple[str, Key, bool]

MAX_FILES = 50_000
MAX_DEPTH = 200
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class SeenFolder:
    """What is in a directory: names and their status, and which names are ``skipped`` there."""

    __slots__ = ("files", "folders", "skipped")

    def __init__(self, skipped: Skipped) -> None:
        self.files: dict[str, Key] = {}
        self.folders: dict[str, tuple[int, int]] = {}  # mode and device
        self.skipped = skipped


class StatWalk:
    """A walk over ``root``, nearest directories first.

    ``folders``   what was seen, by path below the root with a trailing slash (the root is empty)
    ``others``    files that are not as in the git index: path, key, and whether git probably ignores them
    ``complete``  whether everything was seen: false with more than MAX_FILES files
    """

    def __init__(self, root: str, skipped: Skipped, index: GitIndex) -> None:
        self._root, self._index = root, index
        self._sorted: list[str] = []  # the paths in the index
        self._device = os.stat(root).st_dev
        self.folders: dict[str, SeenFolder] = {}
        self.others: list[Other] = []
        self.complete = True
        files = 0
        waiting = [("", skipped)]
        for path, inherited in waiting:  # grows on the way
            if files > MAX_FILES:
                self.complete = False
                return
            try:
                folder = self._look(path, inherited)
            except OSError:
                continue  # unreadable, or gone
            self.folders[path] = folder
            files += len(folder.files)
            if path.count("/") < MAX_DEPTH:
                waiting += [
                    (f"{path}{name}/", folder.skipped)
                    for name, (_, device) in folder.folders.items()
                    if self._is_wanted(path, name, device, folder.skipped)
                ]

    def _look(self, path: str, skipped: Skipped) -> SeenFolder:
        fd = os.open(f"{self._root}/{path}", _OPEN)
        try:
            folder = SeenFolder(skipped)
            self._list(fd, path, folder)
            if ".gitignore" in folder.files:
                folder.skipped = skipped.inside(fd)
        finally:
            os.close(fd)
        return folder

    def _list(self, fd: int, path: str, folder: SeenFolder) -> None:
        files, others = folder.files, []
        mtime_in_index, index_time = self._index.mtimes.get, self._index.time
        with os.scandir(fd) as listing:
            for entry in islice(listing, MAX_FILES + 1):
                name = entry.name
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # it is gone again
                mode = status[0]
                if mode & 0o170000 == 0o040000:
                    folder.folders[name] = (mode, status[2])
                    continue
                mtime = status.st_mtime_ns
                # By number: this is the innermost loop. Size and inode.
                files[name] = (mtime, status.st_ctime_ns, status[6], status[1], mode)
                # One that may have changed in the tick in which the index was written does not match.
                if mtime_in_index(path + name) != mtime or mtime >= index_time:
                    others.append(name)
        if len(files) > MAX_FILES:
            self.complete = False
            raise OSError("too many files")
        for name in others:
            ignored = folder.skipped.has_file(name) and path + name not in self._index.mtimes
            self.others.append((path + name, files[name], ignored))

    def _is_wanted(self, path: str, name: str, device: int, skipped: Skipped) -> bool:
        if name == ".git" or device != self._device:
            return False
        return name not in skipped.names or self._holds_tracked(f"{path}{name}/")

    def _holds_tracked(self, folder: str) -> bool:
        if not self._sorted:
            self._sorted = sorted(self._index.mtimes)
        at = bisect_left(self._sorted, folder)
        return at < len(self._sorted) and self._sorted[at].startswith(folder)
