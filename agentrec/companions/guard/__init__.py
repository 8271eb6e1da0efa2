"""Checks what changed from snapshot to snapshot, records findings, and tells the agent, if its hooks work.

A process of its own checks (:mod:`agentrec.guard.guard_process`): nothing waits for it but an agent's hook.

- ``guard_options``: what the user wants.
- ``checked_snapshots``: which snapshot is to be checked against which.
- ``untold_findings``: what the agent has not heard of yet, and how it is told.
- ``hook_reply``: the program that the agent's hooks run.

On the start path of `record` with `--guard`: imports are light here.
"""

from __future__ import annotations

import sys
import threading
import time

from agentrec.capture.companion_host import Companion
from agentrec.companions.guard.checked_snapshots import CheckedSnapshots
from agentrec.companions.guard.guard_options import AT_ONCE
from agentrec.companions.guard.untold_findings import UntoldFindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.capture.companion_host import Emit
    from agentrec.capture.control.control_server import Operation, Reply, Request
    from agentrec.companions.guard.checked_snapshots import SnapshotPair
    from agentrec.companions.guard.guard_options import GuardOptions
    from agentrec.companions.worker_process import WorkerProcess
    from agentrec.json_values import JsonObject

_MODULE = "agentrec.guard.guard_process"
_HOOK_MODULE = "agentrec.companions.guard.hook_reply"
POLL_SECONDS = 0.1
STOP_SECONDS, HURRIED_SECONDS = 20.0, 0.7
_MAX_MARK_CHARS = 200


class GuardCompanion(Companion):
    """Has snapshots checked by a process with the environment ``env``."""

    name = "guard"
    stops_last = True
    stop_timeout_seconds = STOP_SECONDS

    def __init__(self, options: GuardOptions, env: Mapping[str, str]) -> None:
        self._options, self._env = options, env
        self.interrupts = bool(options.stop_on)
        # A run that is to end at a finding is checked at each step; `error` and `warning` include some.
        every_step = any(one in AT_ONCE or one in ("error", "warning") for one in options.stop_on)
        self._snapshots = CheckedSnapshots(every_step=every_step)
        self._untold = UntoldFindings()
        self._known: set[str] = set()  # findings of this turn
        self._lock = threading.Lock()
        self._emit: Emit | None = None
        self._worker: WorkerProcess | None = None
        self._pending: SnapshotPair | None = None
        self._failures: set[str] = set()

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002 - for all companions
    ) -> tuple[list[str], dict[str, str]]:
        """Let the agent's adapter know of the hook. Its companion comes later."""
        if self._options.tells:
            import shlex

            from agentrec.agents import GUARD_HOOK

            env = env | {GUARD_HOOK: shlex.join([sys.executable, "-P", "-m", _HOOK_MODULE])}
        return argv, env

    def operations(self) -> dict[str, Operation]:
        """``guard``: what the agent has not been told, once ``snapshot`` has been checked."""
        return {"guard": self._operation}

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:  # noqa: ARG002
        """A snapshot, or the end of a turn."""
        with self._lock:
            self._snapshots.feed(f"{track}/{kind}", data, time.monotonic())

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        self._emit = emit

    def tick(self) -> float | None:
        """Begin a check, or take its result."""
        if self._pending is not None:
            self._receive(POLL_SECONDS)
            return 0.0
        with self._lock:
            pair = self._snapshots.due(time.monotonic())
        if pair is None:
            return POLL_SECONDS
        self._send(pair)
        return 0.0

    def stop(self) -> None:
        """Check the last snapshot."""
        deadline = time.monotonic() + (HURRIED_SECONDS if self.is_hurried else STOP_SECONDS - 1)
        self._receive_until(deadline)
        with self._lock:
            pair = self._snapshots.last() if self._emit else None
        if pair is not None and self._pending is None:
            self._send(pair)
            self._receive_until(deadline)
        if self._pending is not None:
            self._fail("there was no time for the last check")
        if self._worker is not None:
            self._worker.close(now=self._pending is not None)

    def decided(self, reason: str, *, ended: bool) -> None:
        """The command is ended for that ``reason``, or the user has let it continue."""
        if self._emit:
            action = "ended" if ended else "continued"
            self._emit("guard", "decision", {"text": reason, "action": action})

    def _operation(self, request: Request) -> Reply:
        with self._lock:
            name, is_step = str(request.get("snapshot", "")), request.get("step") is True
            if not self._snapshots.is_checked(name, is_step=is_step):
                return {"done": False}
            findings = self._untold.take()
        if findings and self._emit:
            label = f"guard: told the agent: {findings[0].get('text')}"[:_MAX_MARK_CHARS]
            self._emit("mark", "moment", {"label": label, "source": "auto"})
        return {"done": True, "findings": findings}

    def _send(self, pair: SnapshotPair) -> None:
        from agentrec.companions.worker_process import WorkerProcess

        self._pending = pair
        try:
            if self._worker is None:
                self._worker = WorkerProcess.spawn(_MODULE, (), self._env)
            self._worker.send(pair.as_request())
        except OSError as error:
            self._on_crash(f"its process cannot be reached: {error.strerror}")

    def _receive_until(self, deadline: float) -> None:
        while self._pending is not None and (left := deadline - time.monotonic()) > 0:
            self._receive(left)

    def _receive(self, wait_seconds: float) -> None:
        assert self._worker is not None
        try:
            reply = self._worker.read(wait_seconds)
        except (OSError, ValueError):
            self._on_crash("its process has ended")
            return
        if reply is None or self._pending is None:
            return
        pair, self._pending = self._pending, None
        if reply.get("ok"):
            self._on_checked(pair, reply)
        else:
            self._fail(str(reply.get("error", "")))
        with self._lock:
            self._snapshots.checked(pair)

    def _on_checked(self, pair: SnapshotPair, reply: JsonObject) -> None:
        from agentrec.json_values import tables, words

        findings = self._new(pair, tables(reply.get("findings")))
        for what in words(reply.get("left_out")):
            self._fail(what)
        for finding in findings:
            self._add(finding | {"snapshot": pair.after_id, "before": pair.before_id})
        serious = [finding for finding in findings if finding.get("level") != "note"]
        if serious:
            self._mark(serious)
        with self._lock:
            self._untold.add(serious)
        self._stop_on(serious)

    def _new(self, pair: SnapshotPair, findings: list[JsonObject]) -> list[JsonObject]:
        """Those that no step of this turn had; of a step only those that no later one can mend."""
        if pair.is_step:
            findings = [it for it in findings if it.get("rule") in AT_ONCE]
        new = [it for it in findings if str(it.get("fingerprint")) not in self._known]
        self._known |= {str(it.get("fingerprint")) for it in new}
        if not pair.is_step:
            self._known.clear()
        return new

    def _add(self, data: JsonObject) -> None:
        if self._emit:
            self._emit("guard", "finding", data)

    def _mark(self, findings: list[JsonObject]) -> None:
        more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
        label = f"guard: {findings[0].get('path')}: {findings[0].get('text')}"[:_MAX_MARK_CHARS]
        if self._emit:
            mark: JsonObject = {"label": label + more, "source": "auto", "status": "failed"}
            self._emit("mark", "moment", mark)

    def _stop_on(self, findings: list[JsonObject]) -> None:
        for finding in findings:
            rule, level = str(finding.get("rule")), str(finding.get("level"))
            wanted = {rule, level, "warning" if level == "error" else level}
            for one in self._options.stop_on:
                if one in wanted:
                    self._interrupt(finding, one)
                    return

    def _interrupt(self, finding: JsonObject, option: str) -> None:
        value = f"{finding.get('path')}: {finding.get('text')}"
        text = f"{value} (--stop-on {option})"
        if self._emit:
            limit: JsonObject = {"rule": "--stop-on", "limit": option, "value": value, "text": text}
            self._emit("guard", "limit", limit)
        if self.interruption:
            self.interruption.request(text)

    def _on_crash(self, why: str) -> None:
        pair, self._pending = self._pending, None
        if self._worker is not None:
            self._worker.close(now=True)
            self._worker = None
        if pair is not None:
            with self._lock:
                self._snapshots.checked(pair)
        self._fail(why)

    def _fail(self, why: str) -> None:
        """What was not checked is noted, each reason once."""
        if self._emit and why not in self._failures:
            self._failures.add(why)
            self._emit("sys", "dropped", {"what": "guard", "reason": why})
