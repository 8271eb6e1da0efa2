"""What runs under the recorded command: programs with their arguments, directory, end and duration.

The kernel reports every program that starts and ends, where it lets us listen (Linux, process events
connector): then exit codes are known and nothing is missed. Elsewhere on Linux /proc is scanned now
and then: what lives shorter than that is not seen, and how it ended mostly not. There is nothing of
the kind on macOS.

- ``process_tree``: the processes that are known; makes the data of events.
- ``tree_updates``: keeps the tree current.
- ``netlink``: the kernel's events.
- ``procfs``: what /proc says about a process.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.companion_host import Emit
    from agentrec.companions.end_event import EndEvent
    from agentrec.companions.processes.netlink import ProcEvents
    from agentrec.companions.processes.process_tree import ProcessTree

START_DELAY_SECONDS = 0.03  # the command starts undisturbed
# Between scans of /proc, while something happens and when not.
POLL_SECONDS, IDLE_POLL_SECONDS = 0.08, 0.5
EVENT_WAIT_SECONDS = 1.0  # at once, but for the end of the recording
CPU_SHARE, CPU_BURST_SECONDS = 0.006, 0.1


class ProcessesCompanion(Companion):
    """The companion that adds ``sys/process`` for each program that ran below the recorded one.

    With ``use_netlink`` false it only scans /proc.
    """

    name = "processes"

    def __init__(self, *, use_netlink: bool = True) -> None:
        self._use_netlink = use_netlink
        self._hooks = ""
        self._emit: Emit | None = None
        self._tree: ProcessTree | None = None
        self._events: ProcEvents | None = None
        self._end: EndEvent | None = None
        self._rests = False  # events may wait

    @property
    def changes(self) -> int | None:
        """How often processes have started, run a program or ended; None while that is not known at once.

        Any thread may ask.
        """
        return self._tree.changes if self._tree and self._events and not self._rests else None

    @property
    def pids(self) -> list[int]:
        """The processes that run below the recorded one. Any thread may ask."""
        return self._tree.pids if self._tree else []

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers where the agents' hooks hand events over."""
        folder = os.path.dirname(env.get("AGENTREC_SOCKET", ""))
        self._hooks = os.path.join(folder, "hooks-") if folder else ""
        return argv, env

    def start(self, emit: Emit, pid: int) -> None:
        """Nothing yet: see START_DELAY_SECONDS."""
        self._emit, self._pid = emit, pid
        self._started_at = time.monotonic()

    def tick(self) -> float | None:
        """Take what happened."""
        wait = START_DELAY_SECONDS - (time.monotonic() - self._started_at)
        if wait > 0:
            return wait
        is_open = self._tree is not None
        tree = self._tree or self._open()
        if tree is None or tree.root_ended:
            return None
        # The command may have ended before there was anything to wake this with.
        changed = self._update(tree, EVENT_WAIT_SECONDS if is_open else 0)
        self._add_ended(tree)
        rest = self._throttle.rest_seconds()
        self._rests = rest > 0
        if self._events:
            return rest
        return max(rest, POLL_SECONDS if changed else IDLE_POLL_SECONDS)

    def on_child_exit(self) -> None:
        """Do not wait for events any longer."""
        if end := self._end:
            end.set()

    def stop(self) -> None:
        """A last look; what still runs is reported as running."""
        if self._end:
            self._end.close()
            self._end = None
        tree = self._tree
        if not tree or not self._emit:
            return
        self._update(tree, 0)
        if self._events:
            self._events.close()
        tree.finish(time.monotonic())
        self._add_ended(tree)
        if tree.dropped:
            self._emit("sys", "dropped", {"what": "processes", "count": tree.dropped})

    def _open(self) -> ProcessTree | None:
        if not os.path.isdir("/proc/self/task"):
            return None
        from agentrec.capture.throttle import CpuThrottle
        from agentrec.companions.processes.process_tree import ProcessTree
        from agentrec.companions.processes.tree_updates import scan

        self._throttle = CpuThrottle(CPU_SHARE, CPU_BURST_SECONDS)
        self._tree = ProcessTree(self._pid, self._hooks)
        if self._use_netlink:
            from agentrec.companions.end_event import EndEvent
            from agentrec.companions.processes.netlink import ProcEvents

            try:
                self._events, self._end = ProcEvents(), EndEvent()
            except OSError:
                self._events = None  # not permitted here
        scan(self._tree)
        return self._tree

    def _update(self, tree: ProcessTree, wait_seconds: float) -> bool:
        from agentrec.companions.processes.tree_updates import read_events, scan

        if not self._events:
            return scan(tree)
        return read_events(tree, self._events, wait_seconds, self._end)

    def _add_ended(self, tree: ProcessTree) -> None:
        from agentrec.redact.command_line import mask_command

        assert self._emit
        ended, tree.ended = tree.ended, []
        for data in ended:
            self._emit("sys", "process", {**data, "argv": mask_command(data["argv"])})
