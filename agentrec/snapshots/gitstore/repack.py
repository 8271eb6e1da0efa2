"""Makes a store smaller while nobody waits: many small packs become few, compressed and with deltas.

Git does it in its own process, while snapshots may be taken; it removes only what it has copied.
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore import git

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

MAX_PACKS = 40
# The file that says that the store has a pack without compression.
UNCOMPRESSED_MARKER = "uncompressed"
# Less is not worth a repack.
MIN_UNCOMPRESSED_BYTES = 1 << 20


def note_uncompressed(store: SnapshotStore, size: int) -> None:
    """Note that ``size`` bytes were stored without compression. Best effort."""
    if size < MIN_UNCOMPRESSED_BYTES:
        return
    try:
        with open(os.path.join(store.folder, UNCOMPRESSED_MARKER), "wb"):
            pass
    except OSError:
        return


class Repack:
    """One run of ``git repack`` on a store."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._all = False
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> bool:
        """Start it if it is worth it; returns whether it runs now."""
        if self.running():
            return True
        try:
            names = os.listdir(os.path.join(self._store.objects_folder, "pack"))
        except OSError:
            return False
        self._all = os.path.exists(os.path.join(self._store.folder, UNCOMPRESSED_MARKER))
        if self._all:
            args = ["repack", "-a", "-d", "-k", "-F", "-q", "--window=20"]
        elif sum(name.endswith(".pack") for name in names) > MAX_PACKS:
            args = ["repack", "--geometric=2", "-d", "-q", "--window=20"]
        else:
            return False
        self._process = subprocess.Popen(
            git.command(self._store.git_dir, *args),
            env=git.environment(),
            cwd=self._store.git_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that `stop` also ends the processes that git starts
        )
        return True

    def running(self) -> bool:
        """Whether it is still running."""
        if self._process is None:
            return False
        code = self._process.poll()
        if code is None:
            return True
        self._process = None
        if code == 0 and self._all:
            try:
                os.unlink(os.path.join(self._store.folder, UNCOMPRESSED_MARKER))
            except OSError:
                return False
        return False

    def wait(self) -> None:
        """Wait until it has ended."""
        if self._process is not None:
            self._process.wait()
            self.running()

    def stop(self) -> None:
        """End it at once; what it has written so far stays until `prune`."""
        if self.running() and self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            self._process = None
