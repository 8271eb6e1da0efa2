"""What runs under the recorded command: programs with their arguments, directory, end and duration.

The kernel tells of every program that starts and ends, where it lets us listen (Linux, process events
connector): then exit codes are known and nothing is missed. Elsewhere on Linux /proc is looked at now
and then: what lives shorter than that is not seen, and how it ended mostly not. There is nothing of
the kind on macOS.
"""

from __future__ import annotations

import os
import time

from agentrec.capture.throttle import Pace, TokenBucket
from agentrec.companions.processes import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.capture.companion_host import Emit
    from agentrec.companions.processes.netlink import ProcEvents

FIRST = 0.03  # seconds before the first look: the command starts undisturbed
POLL, POLL_IDLE = 0.08, 0.5  # seconds between looks at /proc, while something happens and when not
LISTEN = 0.1  # seconds for which is waited for the kernel's word at once
SHARE, BURST = 0.006, 0.1  # of a core, and seconds of one
PIECE = 1000  # events of the kernel that are taken at once
YOUNG = 1.0  # seconds for which a process may still be about to run its program
RATE, AT_ONCE = 40.0, 400.0  # processes that are told: a second in the long run, and at once
KNOWN = 20_000  # processes that are followed at a time


class Process:
    """One program that runs. ``began`` is the monotonic clock in seconds."""

    __slots__ = ("argv", "began", "cwd", "ours", "parent", "pid")

    def __init__(self, pid: int, parent: int, began: float) -> None:
        self.pid, self.parent, self.began = pid, parent, began
        self.argv: list[str] = []  # empty: it does what its parent does (a fork)
        self.cwd = ""
        self.ours = False  # it hands something over to the recorder


class Tree:
    """The processes below one, as told; decisions only. ``ended`` are events to add.

    ``ours``: programs with this in their arguments are hooks of the recorder's own, and not told.
    """

    def __init__(self, root: int, ours: str = "") -> None:
        self._ours = ours
        self.root = root
        self.changes = 0
        self._root_ended = False
        self._running: dict[int, Process] = {}
        self._bucket = TokenBucket(RATE, AT_ONCE)
        self.dropped = 0
        self.ended: list[dict[str, Any]] = []

    def __contains__(self, pid: int) -> bool:
        return pid == self.root or pid in self._running

    @property
    def root_ended(self) -> bool:
        """Whether the command itself is gone."""
        return self._root_ended

    def is_young(self, pid: int, now: float) -> bool:
        """Whether what it runs may change soon."""
        process = self._running.get(pid)
        return process is not None and (not process.argv or now - process.began < YOUNG)

    def parent(self, pid: int) -> int:
        """Who started it."""
        process = self._running.get(pid)
        return process.parent if process else 0

    @property
    def pids(self) -> list[int]:
        """All that run, the oldest first, without the root."""
        return list(self._running)

    def argv(self, pid: int) -> list[str]:
        """The command line that is known of one; empty for a fork."""
        process = self._running.get(pid)
        return process.argv if process else []

    def forked(self, parent: int, pid: int, now: float) -> None:
        """``parent`` has a new child."""
        if parent in self and pid not in self and len(self._running) < KNOWN:
            process = self._running[pid] = Process(pid, parent, now)
            above = self._running.get(parent)
            process.ours = above is not None and above.ours
            self.changes += 1

    def executed(self, pid: int, argv: list[str], cwd: str) -> None:
        """A process runs another program from now on; the one before has not ended, it became this."""
        process = self._running.get(pid)
        if process and argv:
            process.argv, process.cwd = argv, cwd
            if self._ours and any(self._ours in word for word in argv):
                process.ours = True
            self.changes += 1

    def exited(self, pid: int, now: float, status: int | None) -> None:
        """A process has ended; ``status`` as wait() gives it, None where it is unknown."""
        self._root_ended = self._root_ended or pid == self.root
        process = self._running.pop(pid, None)
        self.changes += 1 if process else 0
        if process and process.argv and not process.ours:
            code = signal = None
            if status is not None:
                code = os.waitstatus_to_exitcode(status & 0xFF7F)  # without the core dump flag
                code, signal = (None, -code) if code < 0 else (code, None)
            self._end(process, now, code, signal)

    def finish(self, now: float) -> None:
        """The recording ends: what still runs."""
        for pid in self.pids:
            process = self._running.pop(pid)
            if process.argv and not process.ours:
                self._end(process, now, None, None, running=True)

    def _end(
        self,
        it: Process,
        now: float,
        code: int | None,
        signal: int | None,
        *,
        running: bool = False,
    ) -> None:
        if not self._bucket.take(1, now):
            self.dropped += 1
            return
        data: dict[str, Any] = {
            "pid": it.pid,
            "ppid": it.parent,
            "argv": it.argv,
            "cwd": it.cwd,
            "exit": code,
            "duration_ms": round((now - it.began) * 1000, 3),
        }
        data |= {"signal": signal} if signal is not None else {}
        self.ended.append(data | ({"running": True} if running else {}))


class ProcessWatcher:
    """The companion that adds ``sys/process`` for each program that ran below the recorded one.

    With ``listen`` false it only looks at /proc.
    """

    name = "processes"

    def __init__(self, *, listen: bool = True) -> None:
        self._listen = listen
        self._ours = ""
        self._emit: Emit | None = None
        self._tree: Tree | None = None
        self._events: ProcEvents | None = None

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers where hooks hand over."""
        folder = os.path.dirname(env.get("AGENTREC_SOCKET", ""))
        self._ours = os.path.join(folder, "hooks-") if folder else ""
        return argv, env

    def start(self, emit: Emit, pid: int) -> None:
        """Nothing yet: see FIRST."""
        self._emit, self._pid = emit, pid
        self._begun = time.monotonic()

    def tick(self) -> float | None:
        """Take what happened."""
        wait = FIRST - (time.monotonic() - self._begun)
        if wait > 0:
            return wait
        tree = self._tree or self._open()
        if tree is None or tree.root_ended:
            return None
        changed = self._hear(tree, self._events, LISTEN) if self._events else look(tree)
        self._tell(tree)
        rest = self._pace.rest()
        return rest if self._events else max(rest, POLL if changed else POLL_IDLE)

    def stop(self) -> None:
        """A last look; what still runs is told as running."""
        tree = self._tree
        if not tree or not self._emit:
            return
        if self._events:
            self._hear(tree, self._events, 0)
            self._events.close()
        else:
            look(tree)
        tree.finish(time.monotonic())
        self._tell(tree)
        if tree.dropped:
            self._emit("sys", "dropped", {"what": "processes", "count": tree.dropped})

    def _open(self) -> Tree | None:
        if not os.path.isdir("/proc/self/task"):
            return None
        self._pace = Pace(SHARE, BURST)
        self._tree = Tree(self._pid, self._ours)
        if self._listen:
            from agentrec.companions.processes.netlink import ProcEvents

            try:
                self._events = ProcEvents()
            except OSError:
                self._events = None  # not permitted here
        look(self._tree)
        return self._tree

    def _hear(self, tree: Tree, events: ProcEvents, seconds: float) -> bool:
        """Take the kernel's word, and wait for it so long; true when there was some of interest."""
        import select

        from agentrec.companions.processes.netlink import LostError

        poll = select.poll()
        poll.register(events.fileno(), select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        before = tree.changes
        try:
            for what, pid, parent, status in events.read(PIECE):
                _apply(tree, what, pid, parent, status)
        except LostError:
            look(tree)
        return tree.changes > before

    def _tell(self, tree: Tree) -> None:
        from agentrec.redact.command_line import mask_command

        assert self._emit
        ended, tree.ended = tree.ended, []
        for data in ended:
            data["argv"] = mask_command(data["argv"])
            self._emit("sys", "process", data)


def _apply(tree: Tree, what: int, pid: int, parent: int, status: int) -> None:
    from agentrec.companions.processes import netlink

    if what == netlink.FORK:
        tree.forked(parent, pid, time.monotonic())
    elif pid not in tree:
        return
    elif what == netlink.EXEC:
        argv = procfs.command_line(pid)
        tree.executed(pid, argv, procfs.directory(pid))
    else:
        tree.exited(pid, time.monotonic(), status)


def look(tree: Tree) -> bool:
    """Compare the tree with /proc; true when something has changed."""
    before, now = tree.changes, time.monotonic()
    for pid in tree.pids:
        runs, status = procfs.state(pid)
        if not runs:
            tree.exited(pid, now, status)
    waiting = [tree.root, *tree.pids]
    while waiting:
        parent = waiting.pop()
        for pid in procfs.children(parent):
            if pid not in tree:
                tree.forked(parent, pid, now)
                waiting.append(pid)
    for pid in tree.pids:
        if tree.is_young(pid, now):
            _find_program(tree, pid)
    return tree.changes > before


def _find_program(tree: Tree, pid: int) -> None:
    """Learn what a process runs; one with its parent's command line is a fork of it."""
    argv = procfs.command_line(pid)
    parent = tree.parent(pid)
    if argv and argv != (tree.argv(parent) or procfs.command_line(parent)):
        tree.executed(pid, argv, procfs.directory(pid))
