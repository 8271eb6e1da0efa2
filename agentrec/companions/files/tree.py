"""The directories and files below one, watched as the kernel tells, or by looking now and then."""

from __future__ import annotations

import os
import time

from agentrec.companions.files.debounce import CHANGED, CREATED, DELETED, Changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from agentrec.companions.files.inotify import Inotify

    class Ignored(Protocol):
        """Says which paths, relative to the root, are left out; see agentrec.companions.files.ignored."""

        def __call__(self, path: str, *, directory: bool = False) -> bool: ...
        def forget(self) -> None: ...


LOOK_EVERY = 0.25  # seconds
POLL = 3.0  # seconds between scans where the kernel does not tell
FOLDERS = 4096  # directories that are watched
FILES = 50_000  # files that are known by name
PIECE = 50  # directories that are scanned at once
NEVER = frozenset(
    {
        *(".git", ".hg", ".svn", ".jj", "node_modules", ".venv", "venv", "__pycache__", ".tox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".nox", ".cache", ".direnv", ".DS_Store"),
    }
)


class Tree:
    """Watches every directory that is not ignored, as the kernel tells."""

    pause = LOOK_EVERY

    def __init__(
        self, root: str, ignored: Ignored, changes: Changes, inotify: Inotify, since: int
    ) -> None:
        self._root, self._ignored, self._changes = root, ignored, changes
        self._inotify = inotify
        self._since = since  # ns since the epoch: what changed later was changed in this recording
        self._folders: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._known: set[str] = set()
        self._to_scan: list[tuple[str, bool]] = [("", False)]  # folder, and whether it is new
        self.missed = {"directories without a watch": 0, "overflows of file changes": 0}

    def look(self) -> None:
        """Scan some more, and take what the kernel says."""
        for _ in range(min(PIECE, len(self._to_scan))):
            self._scan(*self._to_scan.pop())
        self.pause = 0.0 if self._to_scan else LOOK_EVERY
        while events := list(self._inotify.read()):
            for number, mask, name in events:
                self._happened(number, mask, name)

    def last_look(self, deadline: float) -> None:
        """As much of what is left as can be done until ``deadline``."""
        self.look()
        while self._to_scan and time.monotonic() < deadline:
            self.look()

    def close(self) -> None:
        self._inotify.close()

    def _scan(self, folder: str, is_new: bool) -> None:
        if not self._add(folder):
            return
        for path, entry in _entries(self._root, folder, self._ignored):
            if entry.is_dir(follow_symlinks=False):
                self._to_scan.append((path, is_new))
                continue
            if len(self._known) < FILES:
                self._known.add(path)
            if is_new:
                self._changes.add(path, CREATED, time.monotonic())
            elif _changed_at(entry) >= self._since:
                self._changes.add(path, CHANGED, time.monotonic())

    def _add(self, folder: str) -> bool:
        if len(self._folders) >= FOLDERS:
            self.missed["directories without a watch"] += 1
            return False
        try:
            number = self._inotify.add(os.path.join(self._root, folder))
        except OSError:
            if os.path.isdir(os.path.join(self._root, folder)):
                self.missed["directories without a watch"] += 1
            return False
        self._folders[number] = folder
        self._numbers[folder] = number
        return True

    def _happened(self, number: int, mask: int, name: str) -> None:
        from agentrec.companions.files import inotify

        folder = self._folders.get(number)
        if mask & inotify.OVERFLOW:
            self.missed["overflows of file changes"] += 1
        if mask & inotify.IGNORED and folder is not None:
            del self._folders[number]
            self._numbers.pop(folder, None)
        if folder is None or not name:
            return
        path = f"{folder}/{name}" if folder else name
        is_directory = bool(mask & inotify.IS_DIRECTORY)
        if self._ignored(path, directory=is_directory):
            return
        if is_directory:
            self._directory(path, mask)
        else:
            self._file(path, mask)

    def _directory(self, path: str, mask: int) -> None:
        from agentrec.companions.files import inotify

        if mask & (inotify.CREATE | inotify.MOVED_TO):
            self._to_scan.append((path, True))
            self.pause = 0.0
        elif mask & inotify.MOVED_FROM:
            inside = path + "/"
            for folder in [f for f in self._numbers if f == path or f.startswith(inside)]:
                self._inotify.remove(self._numbers[folder])
                self._folders.pop(self._numbers.pop(folder), None)
            for file in [known for known in self._known if known.startswith(inside)]:
                self._known.discard(file)
                self._changes.add(file, DELETED, time.monotonic())

    def _file(self, path: str, mask: int) -> None:
        from agentrec.companions.files import inotify

        if mask & (inotify.DELETE | inotify.MOVED_FROM):
            what = DELETED
            self._known.discard(path)
        else:
            known = path in self._known or len(self._known) >= FILES
            what = CHANGED if known or mask & inotify.CLOSE_WRITE else CREATED
            if len(self._known) < FILES:
                self._known.add(path)
        self._changes.add(path, what, time.monotonic())
        if path.rpartition("/")[2] == ".gitignore":
            self._ignored.forget()


class Poller:
    """Compares what is there with what was there, now and then."""

    pause = POLL

    def __init__(self, root: str, ignored: Ignored, changes: Changes, since: int) -> None:
        self._root, self._ignored, self._changes, self._since = root, ignored, changes, since
        self._seen: dict[str, tuple[int, int]] | None = None
        self.missed = {"files without a look": 0}

    def look(self) -> None:
        """Look at every file."""
        self.last_look(float("inf"))

    def last_look(self, deadline: float) -> None:
        """The same until ``deadline``; what was not reached is as it was."""
        now = time.monotonic()
        before, seen = self._seen, dict[str, tuple[int, int]]()
        whole = self._walk(seen, deadline)
        for path, state in seen.items():
            if before is None:
                if state[0] >= self._since:
                    self._changes.add(path, CHANGED, now)
            elif before.get(path) != state:
                self._changes.add(path, CHANGED if path in before else CREATED, now)
        for path in before if whole and before else ():
            if path not in seen:
                self._changes.add(path, DELETED, now)
        self._seen = seen if whole else (before or {}) | seen

    def close(self) -> None:
        """Nothing is held."""

    def _walk(self, seen: dict[str, tuple[int, int]], deadline: float) -> bool:
        folders = [""]
        while folders:
            if time.monotonic() > deadline:
                return False
            for path, entry in _entries(self._root, folders.pop(), self._ignored):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif len(seen) >= FILES:
                    self.missed["files without a look"] = 1
                else:
                    seen[path] = (_changed_at(entry), _size_of(entry))
        return True


def changed_since(root: str, since: int, deadline: float) -> list[str]:
    """Files that were changed since ``since`` (ns since the epoch), as far as it can be seen in time.

    Nothing but the insides of tools is left out.
    """
    changes = Changes()
    Poller(root, _Tools(), changes, since).last_look(deadline)
    return [path for path, _ in changes.take(0.0, all_of_them=True)]


class _Tools:
    def __call__(self, path: str, *, directory: bool = False) -> bool:
        return directory and path.rpartition("/")[2] in NEVER

    def forget(self) -> None:
        return


def _entries(root: str, folder: str, ignored: Ignored) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is in ``folder`` and not ignored, with its path below ``root``."""
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not ignored(path, directory=entry.is_dir(follow_symlinks=False)):
                    yield path, entry
    except OSError:  # it has gone, or is not ours to read
        return


def _changed_at(entry: os.DirEntry[str]) -> int:
    """When a file was changed or put there, in ns since the epoch."""
    try:
        return entry.stat(follow_symlinks=False).st_ctime_ns
    except OSError:
        return 0


def _size_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
