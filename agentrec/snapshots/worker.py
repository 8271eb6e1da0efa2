"""Takes snapshots in a process of its own, beside a recorder: ``worker CWD RECORDING``.

Requests come as JSON lines on standard input: ``{"label", "reason", "more"}``. Each is answered by
one line: ``{"ok": true, "new": bool, "snapshot": {...}, "took_ms", ...}`` or ``{"ok": false, "error",
"final": bool}``; after a final one there is no use in asking again. The end of input ends it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from agentrec.errors import AgentrecError
from agentrec.snapshots.gitstore.repack import Repack
from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.snapshotter import Snapshotter

if TYPE_CHECKING:
    from collections.abc import Iterator

NICENESS = 10
IDLE_SECONDS = 3.0  # seconds without a request until there is time to tidy up


class SnapshotWorker:
    """Serves one recording."""

    def __init__(self, cwd: str, recording: str) -> None:
        self._cwd, self._recording = cwd, recording
        self._taker: Snapshotter | None = None
        self._tidying: Repack | None = None
        self._unsaved = False
        self._number = 0

    def perform(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take a snapshot; never raises."""
        try:
            return self._take(request)
        except RefusedDirectoryError as error:
            return {"ok": False, "error": str(error), "final": True}
        except AgentrecError as error:
            final = self._taker is None
            self._forget()
            return {"ok": False, "error": str(error), "final": final}
        except Exception as error:  # noqa: BLE001 - the recording says it, and goes on
            return {"ok": False, "error": f"{type(error).__name__}: {error}", "final": False}

    def idle(self) -> None:
        """Nobody waits: save what helps the next one, and make the store smaller."""
        if self._taker is None:
            return
        if self._unsaved:
            self._taker.remember()
            self._unsaved = False
        elif self._tidying is None:
            self._tidying = Repack(self._taker.store)
            self._tidying.begin()
        elif not self._tidying.running():
            self._tidying = None

    def close(self) -> None:
        if self._tidying is not None:
            self._tidying.stop()
        if self._taker is not None:
            if self._unsaved:
                self._taker.remember()
            self._taker.store.close()

    def _forget(self) -> None:
        """Open everything anew for the next one: the store may have been removed."""
        if self._tidying is not None:
            self._tidying.stop()
            self._tidying = None
        if self._taker is not None:
            self._number = self._taker.number
            self._taker.store.close()
            self._taker = None

    def _take(self, request: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        if self._taker is None:
            taker = Snapshotter.open(self._cwd, os.environ, self._recording)
            if not taker.rules.enabled:
                return {"ok": False, "error": "", "final": True}
            taker.number = self._number
            self._taker = taker
        taker = self._taker
        label, reason = str(request.get("label", "")), str(request.get("reason", ""))
        snapshot, new = taker.take(label, reason, **request.get("more", {}))
        self._unsaved = self._unsaved or new
        return {
            "ok": True,
            "new": new,
            "snapshot": snapshot._asdict(),
            "store": taker.store.name,
            "took_ms": round((time.monotonic() - began) * 1000, 1),
            "interval": taker.rules.interval,
            "share": taker.rules.share,
        }


def requests(fd: int, worker: SnapshotWorker) -> Iterator[dict[str, Any]]:
    """What is asked, until the end of input."""
    heard = b""
    while True:
        if not select.select([fd], [], [], IDLE_SECONDS)[0]:
            worker.idle()
            continue
        data = os.read(fd, 1 << 16)
        if not data:
            return
        *lines, heard = (heard + data).split(b"\n")
        for line in lines:
            yield json.loads(line)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)  # meant for what is recorded
    os.nice(NICENESS)
    worker = SnapshotWorker(sys.argv[1], sys.argv[2])
    try:
        for request in requests(0, worker):
            reply = worker.perform(request)
            os.write(1, json.dumps(reply).encode() + b"\n")
    except (BrokenPipeError, ValueError):
        return
    finally:
        worker.close()


if __name__ == "__main__":
    main()
