"""The process that takes snapshots for a recorder: ``worker CWD RECORDING [LOOK]``.

``LOOK`` is a descriptor with the result of a first look (:mod:`agentrec.snapshots.first_look`).

Requests are JSON lines on standard input: ``{"label", "reason", "more", "transcripts"}``, for the first
snapshot also ``"began"`` (the command started after this time, ns since the epoch) and ``"looked"`` (whether
the look was done before it started). What is new in the transcripts is kept, in a thread. The answer to each
is one line:
``{"ok": true, "new": bool, "snapshot": {...}, "took_ms", ...}`` or ``{"ok": false, "error", "final": bool}``;
after a final error all later requests fail, too. It ends at the end of input.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.json_values import table
from agentrec.snapshots.conversations.keeper import ConversationKeeper
from agentrec.snapshots.first_look.start_state import load_state
from agentrec.snapshots.gitstore.repack import Repack
from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.first_look.start_state import StartState

# Files that were not read early may change until the first snapshot is taken: it gets a little more time,
# unless it is late all the same, in a huge directory.
FIRST_NICENESS, NICENESS = 3, 10
# Without a request for this long, there is time to repack.
IDLE_SECONDS = 3.0
# Saving a scan may take this share of the time: in a large tree it is not saved after each snapshot.
SAVE_SHARE = 0.01
# So often it takes what changed from the kernel, which keeps only so much.
NOTE_SECONDS = 0.2
_READ_BYTES = 1 << 16


class SnapshotWorker:
    """Takes the snapshots of one recording.

    ``look`` is a descriptor with the result of a first look. ``on_late`` is called if that has not seen all.
    """

    def __init__(
        self,
        cwd: str,
        recording: str,
        look: int | None = None,
        on_late: Callable[[], object] = lambda: None,
    ) -> None:
        self._on_late = on_late
        self._cwd, self._recording, self._look = cwd, recording, look
        self._snapshotter: Snapshotter | None = None
        self._repack: Repack | None = None
        self._keeper: ConversationKeeper | None = None
        self._scan_unsaved = False
        self._save_at = 0.0  # not before
        self._number = 0

    def perform(self, request: JsonObject) -> JsonObject:
        """Take a snapshot; never raises."""
        try:
            return self._take(request)
        except RefusedDirectoryError as error:
            return {"ok": False, "error": str(error), "final": True}
        except AgentrecError as error:
            final = self._snapshotter is None
            self._reopen()
            return {"ok": False, "error": str(error), "final": final}
        except Exception as error:  # noqa: BLE001 - it is recorded, and recording continues
            return {"ok": False, "error": f"{type(error).__name__}: {error}", "final": False}

    def keep(self, request: JsonObject) -> None:
        """Have the conversations kept that a request names. Returns at once."""
        paths = request.get("transcripts")
        if self._snapshotter is None or not isinstance(paths, list) or not paths:
            return
        if self._keeper is None:
            self._keeper = ConversationKeeper(self._snapshotter.store, self._recording)
        self._keeper.keep(str(path) for path in paths)

    @property
    def changes_fd(self) -> int | None:
        """Readable when there is something to ``note``."""
        return self._snapshotter.changes_fd if self._snapshotter is not None else None

    def note(self) -> None:
        """Take what has changed in the workspace."""
        if self._snapshotter is not None:
            self._snapshotter.note()

    def idle(self) -> None:
        """Nobody waits: save the scan for the next process, and make the store smaller."""
        if self._snapshotter is None:
            return
        began = time.monotonic()
        if self._scan_unsaved and began >= self._save_at:
            self._snapshotter.save_scan()
            self._scan_unsaved = False
            now = time.monotonic()
            self._save_at = now + (now - began) / SAVE_SHARE
        elif self._repack is None:
            self._repack = Repack(self._snapshotter.store)
            self._repack.begin()
        elif not self._repack.running():
            self._repack = None

    def close(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
        if self._repack is not None:
            self._repack.stop()
        if self._snapshotter is not None:
            if self._scan_unsaved:
                self._snapshotter.save_scan()
            self._snapshotter.close()

    def _reopen(self) -> None:
        """Open everything again for the next request: the store may have been removed."""
        if self._repack is not None:
            self._repack.stop()
            self._repack = None
        if self._snapshotter is not None:
            self._number = self._snapshotter.number
            self._snapshotter.close()
            self._snapshotter = None

    def _state(self) -> StartState | None:
        state = load_state(self._look) if self._look is not None else None
        # Somebody may have moved the directory, or made it a repository.
        workspace = self._snapshotter.store.workspace if self._snapshotter else ""
        return state if state and state.root == workspace else None

    def _take(self, request: JsonObject) -> JsonObject:
        began = time.monotonic()
        if self._snapshotter is None:
            snapshotter = Snapshotter.open(self._cwd, os.environ, self._recording, watches=True)
            if not snapshotter.rules.enabled:
                return {"ok": False, "error": "", "final": True}
            snapshotter.number = self._number
            self._snapshotter = snapshotter
        snapshotter = self._snapshotter
        label, reason = str(request.get("label", "")), str(request.get("reason", ""))
        more, began_at = table(request.get("more")), request.get("began")
        if isinstance(began_at, int):
            state = self._state() if request.get("looked") else None
            if state is None or not state.complete:
                self._on_late()
            snapshot, new = snapshotter.take_start(state, began_at, label, more)
        else:
            snapshot, new = snapshotter.take(label, reason, more)
        self._scan_unsaved = self._scan_unsaved or new
        return {
            "ok": True,
            "new": new,
            "snapshot": snapshot._asdict(),
            "store": snapshotter.store.name,
            "took_ms": round((time.monotonic() - began) * 1000, 1),
            "interval": snapshotter.rules.interval,
            "share": snapshotter.rules.share,
        }


def requests(fd: int, worker: SnapshotWorker) -> Iterator[JsonObject]:
    """The requests, until the end of input."""
    unfinished, idle_at = b"", time.monotonic() + IDLE_SECONDS
    while True:
        if not _wait(fd, worker, idle_at):
            worker.idle()
            idle_at = time.monotonic() + IDLE_SECONDS
            continue
        data = os.read(fd, _READ_BYTES)
        if not data:
            return
        *lines, unfinished = (unfinished + data).split(b"\n")
        for line in lines:
            yield json.loads(line)
        idle_at = time.monotonic() + IDLE_SECONDS


def _wait(fd: int, worker: SnapshotWorker, until: float) -> bool:
    """Whether there is something to read before that time; takes what changes meanwhile."""
    while (left := until - time.monotonic()) > 0:
        changes = worker.changes_fd
        watched = [fd] if changes is None else [fd, changes]
        ready = select.select(watched, [], [], left)[0]
        if fd in ready:
            return True
        if ready:
            worker.note()
            if select.select([fd], [], [], min(left, NOTE_SECONDS))[0]:
                return True
    return False


def _be_nice() -> None:
    os.nice(max(0, NICENESS - os.nice(0)))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)  # they are meant for the recorded command
    os.nice(FIRST_NICENESS)
    gc.disable()  # what a scan makes is not garbage, and looking through all of it takes long
    look = int(sys.argv[3]) if sys.argv[3:] else None
    worker = SnapshotWorker(sys.argv[1], sys.argv[2], look, on_late=_be_nice)
    try:
        for request in requests(0, worker):
            worker.keep(request)  # meanwhile: a slow snapshot may be ended
            reply = worker.perform(request)
            os.write(1, json.dumps(reply).encode() + b"\n")
            worker.keep(request)
            _be_nice()
    except (BrokenPipeError, ValueError):
        return
    finally:
        worker.close()


if __name__ == "__main__":
    main()
