"""Decides whether a tree is watched between scans, or scanned as a whole every time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agentrec.snapshots.scan.changes import EVERYTHING, Changes
from agentrec.snapshots.scan.tree_watches import TreeWatches, UnwatchableError

if TYPE_CHECKING:
    from agentrec.snapshots.scan.directory_tree import DirectoryNode
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules


class TreeWatcher:
    """Watches ``root`` from the second scan on, if it is large.

    ``watches`` hear of each directory that a scan sees. ``why`` the last scan was of everything although the
    tree is large, unless that is what was planned.
    """

    def __init__(self, root: str, rules: SnapshotRules) -> None:
        self._root, self._rules = root, rules
        self.watches: TreeWatches | None = None
        self.why = ""
        self._known: DirectoryNode | None = None  # the tree that the watches tell changes of
        self._all_scanned_at = 0.0
        self._hopeless = ""

    def fileno(self) -> int | None:
        """Readable when there is something to ``note``; None if nothing can come."""
        if self.watches is None or self.watches.lost:
            return None
        return self.watches.fileno()

    def note(self) -> None:
        """Take what the kernel has to tell, before it is too much to keep."""
        if self.watches is not None:
            self.watches.note()

    def begin(self, before: DirectoryNode | None) -> Changes:
        """What to scan; everything if ``before`` is not the result of the last scan."""
        self.why = self._hopeless
        known, self._known = self._known, None  # until this scan is complete
        if self.watches is not None and not self._is_overdue():
            self.why = self.watches.lost
            if before is not None and before is known:
                try:
                    return self.watches.changes(sum(before.totals.folders.values()))
                except UnwatchableError as error:
                    self.why = str(error)
        self._watch_anew(before)
        return EVERYTHING

    def end(self, root: DirectoryNode, changes: Changes) -> bool:
        """A scan is complete. False if it has to be done again, because what to scan is not known."""
        if self.watches is not None and self.watches.lost:
            if not changes.everything:
                return False
            self.why = self._hopeless = self.watches.lost
            self.close()
        self._known = root
        return True

    def close(self) -> None:
        """Forget everything; the next scan is of everything."""
        if self.watches is not None:
            self.watches.close()
        self.watches = self._known = None

    def _is_overdue(self) -> bool:
        return time.monotonic() - self._all_scanned_at >= self._rules.full_scan

    def _watch_anew(self, before: DirectoryNode | None) -> None:
        self.close()
        if before is None or before.totals.files < self._rules.watch_from or self._hopeless:
            return
        self._all_scanned_at = time.monotonic()
        rules = self._rules
        try:
            self.watches = TreeWatches(self._root, rules.file_systems, rules.watch_share)
        except UnwatchableError as error:
            self.why = str(error)
