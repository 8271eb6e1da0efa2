"""The process that checks snapshots for a recorder.

Requests are JSON lines on standard input: ``{"store", "first", "before", "after"}``, with commits of the
store. The answer to each is one line: ``{"ok": true, "findings", "left_out"}`` or ``{"ok": false, "error"}``.
Settings and baseline are those of the first snapshot: what the agent changes in them changes nothing. It
ends at the end of input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.guard.code.function_index import FunctionCache
from agentrec.guard.finding import LEVELS
from agentrec.guard.guard_check import GuardCheck, baseline_of, settings_of
from agentrec.guard.source_tree import SnapshotTree
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.text import plural

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

_NICENESS = 10
MAX_FINDINGS = 200  # of one check


class SnapshotGuard:
    """Checks the snapshots of one recording."""

    def __init__(self) -> None:
        self._cache = FunctionCache()

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
            first, before, after = (
                self._tree(store, str(request[name])) for name in ("first", "before", "after")
            )
            settings = settings_of(first, os.environ)
            allowed = baseline_of(first, settings)
            check = GuardCheck(before, after, settings, self._cache, baseline=allowed)
            if request["before"] == request["after"]:
                check.read_functions()
            report = check.run()
        finally:
            store.close()
        worst = sorted(report.findings, key=lambda finding: LEVELS.index(finding.level))
        findings = [finding.as_json() for finding in worst[:MAX_FINDINGS]]
        more = [plural(len(worst) - MAX_FINDINGS, "more finding")] if worst[MAX_FINDINGS:] else []
        return {"ok": True, "findings": findings, "left_out": [*report.left_out, *more]}

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
