"""The process that checks snapshots for a recorder.

Requests are JSON lines on standard input: ``{"store", "before", "after"}``, with commits of the store. The
answer to each is one line: ``{"ok": true, "findings", "left_out"}`` or ``{"ok": false, "error"}``.
The settings are those of the first snapshot: what the agent changes in them changes nothing. It ends at the
end of input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.guard.code.function_index import FunctionCache
from agentrec.guard.guard_check import GuardCheck, settings_of
from agentrec.guard.source_tree import SnapshotTree
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from agentrec.guard.guard_settings import GuardSettings
    from agentrec.json_values import JsonObject

_NICENESS = 10
MAX_FINDINGS = 200  # of one check


class SnapshotGuard:
    """Checks the snapshots of one recording."""

    def __init__(self) -> None:
        self._cache = FunctionCache()
        self._settings: GuardSettings | None = None

    def perform(self, request: JsonObject) -> JsonObject:
        """Check; never raises."""
        try:
            return self._check(request)
        except AgentrecError as error:
            return {"ok": False, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - it is recorded, and recording continues
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    def _check(self, request: JsonObject) -> JsonObject:
        store = SnapshotStore.named(str(request["store"]), os.environ)
        try:
            before, after = (self._tree(store, str(request[name])) for name in ("before", "after"))
            if self._settings is None:
                self._settings = settings_of(before, os.environ)
            check = GuardCheck(before, after, self._settings, self._cache)
            if request["before"] == request["after"]:
                check.read_functions()
            report = check.run()
        finally:
            store.close()
        findings = [finding.as_json() for finding in report.findings[:MAX_FINDINGS]]
        return {"ok": True, "findings": findings, "left_out": report.left_out}

    def _tree(self, store: SnapshotStore, commit: str) -> SnapshotTree:
        return SnapshotTree(store, store.contents(store.snapshot(commit)))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)  # they are meant for the recorded command
    os.nice(_NICENESS)
    guard = SnapshotGuard()
    for line in sys.stdin:
        reply = guard.perform(json.loads(line))
        try:
            print(json.dumps(reply), flush=True)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main()
