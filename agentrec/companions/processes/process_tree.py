"""The processes below the recorded command: decisions only."""

from __future__ import annotations

import os

from agentrec.capture.throttle import TokenBucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class ProcessData(TypedDict):
        """The data of a ``sys/process`` event."""

        pid: int
        ppid: int
        argv: list[str]
        cwd: str
        exit: int | None
        duration_ms: float
        signal: NotRequired[int]
        running: NotRequired[bool]


# For so long a new process may still be about to run its program.
MAY_EXEC_SECONDS = 1.0
# Events that are made in the long run, and at once.
EVENTS_PER_SECOND, BURST_EVENTS = 40.0, 400.0
MAX_PROCESSES = 20_000  # that are followed at a time
_WAIT_STATUS, _CORE_DUMP = 0xFFFF, 0x80  # bits of a wait() status


class Process:
    """One program that runs. ``started`` is the monotonic clock in seconds.

    ``argv`` is empty for a fork that runs no program of its own; ``is_hook``: it hands events over to
    the recorder.
    """

    __slots__ = ("argv", "cwd", "is_hook", "parent", "pid", "started")

    def __init__(self, pid: int, parent: int, started: float) -> None:
        self.pid, self.parent, self.started = pid, parent, started
        self.argv: list[str] = []
        self.cwd = ""
        self.is_hook = False


class ProcessTree:
    """The processes below ``root``. ``ended`` are the data of events to add.

    Programs with ``hooks`` in their arguments are the recorder's own, and left out. ``changes`` counts
    what happened.
    """

    def __init__(self, root: int, hooks: str = "") -> None:
        self._hooks = hooks
        self.root = root
        self.root_ended = False
        self.changes = 0
        self._running: dict[int, Process] = {}
        self._bucket = TokenBucket(EVENTS_PER_SECOND, BURST_EVENTS)
        self.dropped = 0
        self.ended: list[ProcessData] = []

    def __contains__(self, pid: int) -> bool:
        return pid == self.root or pid in self._running

    def may_exec(self, pid: int, now: float) -> bool:
        """Whether it may run another program soon."""
        process = self._running.get(pid)
        return process is not None and (
            not process.argv or now - process.started < MAY_EXEC_SECONDS
        )

    def parent(self, pid: int) -> int:
        """The process that started it; 0 if unknown."""
        process = self._running.get(pid)
        return process.parent if process else 0

    @property
    def pids(self) -> list[int]:
        """All that run, the oldest first, without the root."""
        return list(self._running)

    def argv(self, pid: int) -> list[str]:
        """The command line of a process; empty for a fork, or if unknown."""
        process = self._running.get(pid)
        return process.argv if process else []

    def forked(self, parent: int, pid: int, now: float) -> None:
        """``parent`` has a new child."""
        if parent in self and pid not in self and len(self._running) < MAX_PROCESSES:
            process = self._running[pid] = Process(pid, parent, now)
            above = self._running.get(parent)
            process.is_hook = above is not None and above.is_hook
            self.changes += 1

    def executed(self, pid: int, argv: list[str], cwd: str) -> None:
        """A process runs another program from now on; the one before has not ended, it became this."""
        process = self._running.get(pid)
        if process and argv:
            process.argv, process.cwd = argv, cwd
            if self._hooks and any(self._hooks in word for word in argv):
                process.is_hook = True
            self.changes += 1

    def exited(self, pid: int, now: float, status: int | None) -> None:
        """A process has ended; ``status`` as wait() gives it, None where it is unknown."""
        self.root_ended = self.root_ended or pid == self.root
        process = self._running.pop(pid, None)
        if process:
            self.changes += 1
            self._end(process, now, *_code_and_signal(status))

    def finish(self, now: float) -> None:
        """The recording ends: what still runs."""
        for pid in self.pids:
            self._end(self._running.pop(pid), now, None, None, running=True)

    def _end(
        self,
        process: Process,
        now: float,
        code: int | None,
        signal: int | None,
        *,
        running: bool = False,
    ) -> None:
        if not process.argv or process.is_hook:
            return
        if not self._bucket.take(1, now):
            self.dropped += 1
            return
        data: ProcessData = {
            "pid": process.pid,
            "ppid": process.parent,
            "argv": process.argv,
            "cwd": process.cwd,
            "exit": code,
            "duration_ms": round((now - process.started) * 1000, 3),
        }
        if signal is not None:
            data["signal"] = signal
        if running:
            data["running"] = True
        self.ended.append(data)


def _code_and_signal(status: int | None) -> tuple[int | None, int | None]:
    if status is None:
        return None, None
    code = os.waitstatus_to_exitcode(status & _WAIT_STATUS & ~_CORE_DUMP)
    return (None, -code) if code < 0 else (code, None)
