"""The directories and files below one, watched with inotify (Linux)."""

from __future__ import annotations

import os
import select
import time

from agentrec import inotify
from agentrec.companions.files.debounce import CHANGED, CREATED, DELETED
from agentrec.companions.files.directory_entries import MAX_FILES, changed_at, entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.companions.end_event import EndEvent
    from agentrec.companions.files.debounce import ChangeDebouncer
    from agentrec.companions.files.directory_entries import IsIgnored
    from agentrec.inotify import Inotify

POLL_SECONDS = 0.25
MAX_FOLDERS = 4096  # that are watched
SCANS_PER_LOOK = 50  # directories
_UNWATCHED, _OVERFLOWS = "directories without a watch", "overflows of file changes"


class InotifyTree:
    """Watches every directory that is not ignored. ``pause``: seconds until the next look."""

    pause = POLL_SECONDS

    def __init__(self, root: str, ignored: IsIgnored, changes: ChangeDebouncer, since: int) -> None:
        """``since``, in ns since the epoch: later changes belong to this recording.

        Raises OSError where there is no inotify.
        """
        self._root, self._ignored, self._changes, self._since = root, ignored, changes, since
        self._inotify: Inotify = inotify.Inotify()
        self._folders: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._files: set[str] = set()
        self._to_scan: list[tuple[str, bool]] = [("", False)]  # folder, and whether it is new
        self.missed = {_UNWATCHED: 0, _OVERFLOWS: 0}

    def wait(self, seconds: float, end: EndEvent) -> None:
        """Return when something has happened, at the ``end``, or after so long."""
        if self._to_scan:
            return
        poll = select.poll()
        for source in (self._inotify, end):
            poll.register(source.fileno(), select.POLLIN)
        poll.poll(seconds * 1000)

    def look(self) -> None:
        """Scan some more directories, and take the kernel's events."""
        for _ in range(min(SCANS_PER_LOOK, len(self._to_scan))):
            self._scan(*self._to_scan.pop())
        self.pause = 0.0 if self._to_scan else POLL_SECONDS
        while events := list(self._inotify.read()):
            for watch, mask, name in events:
                self._on_event(watch, mask, name)

    def last_look(self, deadline: float) -> None:
        """As much of what is left as can be done until ``deadline``."""
        self.look()
        while self._to_scan and time.monotonic() < deadline:
            self.look()

    def close(self) -> None:
        self._inotify.close()

    def _scan(self, folder: str, is_new: bool) -> None:
        if not self._watch(folder):
            return
        for path, entry in entries(self._root, folder, self._ignored):
            if entry.is_dir(follow_symlinks=False):
                self._to_scan.append((path, is_new))
                continue
            self._remember(path)
            if is_new:
                self._changes.add(path, CREATED, time.monotonic())
            elif changed_at(entry) >= self._since:
                self._changes.add(path, CHANGED, time.monotonic())

    def _watch(self, folder: str) -> bool:
        if len(self._folders) >= MAX_FOLDERS:
            self.missed[_UNWATCHED] += 1
            return False
        try:
            watch = self._inotify.add(os.path.join(self._root, folder))
        except OSError:
            if os.path.isdir(os.path.join(self._root, folder)):
                self.missed[_UNWATCHED] += 1
            return False
        self._folders[watch] = folder
        self._watches[folder] = watch
        return True

    def _remember(self, path: str) -> None:
        if len(self._files) < MAX_FILES:
            self._files.add(path)

    def _on_event(self, watch: int, mask: int, name: str) -> None:
        folder = self._folders.get(watch)
        if mask & inotify.OVERFLOW:
            self.missed[_OVERFLOWS] += 1
        if mask & inotify.IGNORED and folder is not None:
            del self._folders[watch]
            self._watches.pop(folder, None)
        if folder is None or not name:
            return
        path = f"{folder}/{name}" if folder else name
        is_directory = bool(mask & inotify.IS_DIRECTORY)
        if self._ignored(path, directory=is_directory):
            return
        if is_directory:
            self._on_directory(path, mask)
        else:
            self._on_file(path, mask)

    def _on_directory(self, path: str, mask: int) -> None:
        if mask & (inotify.CREATE | inotify.MOVED_TO):
            self._to_scan.append((path, True))
            self.pause = 0.0
        elif mask & inotify.MOVED_FROM:
            self._forget_directory(path)

    def _forget_directory(self, path: str) -> None:
        inside = path + "/"
        for folder in [f for f in self._watches if f == path or f.startswith(inside)]:
            self._inotify.remove(self._watches[folder])
            self._folders.pop(self._watches.pop(folder), None)
        for file in [known for known in self._files if known.startswith(inside)]:
            self._files.discard(file)
            self._changes.add(file, DELETED, time.monotonic())

    def _on_file(self, path: str, mask: int) -> None:
        if mask & (inotify.DELETE | inotify.MOVED_FROM):
            what = DELETED
            self._files.discard(path)
        else:
            known = path in self._files or len(self._files) >= MAX_FILES
            what = CHANGED if known or mask & inotify.CLOSE_WRITE else CREATED
            self._remember(path)
        self._changes.add(path, what, time.monotonic())
        if path.rpartition("/")[2] == ".gitignore":
            self._ignored.forget()
