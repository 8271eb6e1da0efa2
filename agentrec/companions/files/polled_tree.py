"""The directories and files below one, scanned now and then."""

from __future__ import annotations

import time

from agentrec.companions.files.debounce import CHANGED, CREATED, DELETED, ChangeDebouncer
from agentrec.companions.files.directory_entries import (
    ALWAYS_IGNORED,
    MAX_FILES,
    changed_at,
    entries,
    size_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.companions.end_event import EndEvent
    from agentrec.companions.files.directory_entries import IsIgnored

POLL_SECONDS = 3.0


class PolledTree:
    """Compares what is there with what was there. ``pause``: seconds until the next look."""

    pause = POLL_SECONDS

    def __init__(self, root: str, ignored: IsIgnored, changes: ChangeDebouncer, since: int) -> None:
        """``since``, in ns since the epoch: later changes belong to this recording."""
        self._root, self._ignored, self._changes, self._since = root, ignored, changes, since
        self._files: dict[str, tuple[int, int]] | None = None
        self.missed = {"files not scanned": 0}

    def wait(self, seconds: float, end: EndEvent) -> None:
        """Nothing tells when something has happened."""

    def look(self) -> None:
        """Look at every file."""
        self.last_look(float("inf"))

    def last_look(self, deadline: float) -> None:
        """The same until ``deadline``; what was not seen by then counts as unchanged."""
        now = time.monotonic()
        before, files = self._files, dict[str, tuple[int, int]]()
        complete = self._walk(files, deadline)
        for path, state in files.items():
            if before is None:
                if state[0] >= self._since:
                    self._changes.add(path, CHANGED, now)
            elif before.get(path) != state:
                self._changes.add(path, CHANGED if path in before else CREATED, now)
        for path in before if complete and before else ():
            if path not in files:
                self._changes.add(path, DELETED, now)
        self._files = files if complete else (before or {}) | files

    def close(self) -> None:
        """Nothing is held."""

    def _walk(self, files: dict[str, tuple[int, int]], deadline: float) -> bool:
        folders = [""]
        while folders:
            if time.monotonic() > deadline:
                return False
            for path, entry in entries(self._root, folders.pop(), self._ignored):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif len(files) >= MAX_FILES:
                    self.missed["files not scanned"] = 1
                else:
                    files[path] = (changed_at(entry), size_of(entry))
        return True


def changed_since(root: str, since: int, deadline: float) -> list[str]:
    """Files that were changed since ``since`` (ns since the epoch), as far as they are seen in time.

    Only the insides of tools are left out.
    """
    changes = ChangeDebouncer()
    PolledTree(root, _ToolFolders(), changes, since).last_look(deadline)
    return [path for path, _ in changes.settled(0.0, everything=True)]


class _ToolFolders:
    def __call__(self, path: str, *, directory: bool = False) -> bool:
        return directory and path.rpartition("/")[2] in ALWAYS_IGNORED

    def forget(self) -> None:
        return
