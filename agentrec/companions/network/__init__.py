"""Connections that the recorded command and the programs below it open: where to, how long, how much.

The kernel is asked twice a second for the TCP sockets of this network namespace (Linux, sock_diag), and
/proc says which of them belong to the processes below the recorded one. While neither connections nor
processes have come or gone for ten seconds it is asked once a second. A connection that is shorter than that
may be missed; UDP and what others accept is left out. There is nothing of the kind on macOS.

- ``socket_table``: the kernel's TCP sockets.
- ``socket_owners``: which process has a socket.
- ``connections``: the connections that are known; makes the data of events.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit
    from agentrec.companions.network.connections import Connections
    from agentrec.companions.network.socket_table import SocketTable

START_DELAY_SECONDS = 0.1  # the command starts undisturbed
POLL_SECONDS = 0.5
CPU_SHARE, CPU_BURST_SECONDS = 0.004, 0.1


class NetworkCompanion(Companion):
    """The companion that adds ``sys/connection`` for each connection that has ended.

    ``pids()`` are the processes below the recorded one; ``own_port()`` is where the recorder itself
    listens for the agent, or 0.
    """

    name = "network"

    def __init__(self, pids: Callable[[], list[int]], own_port: Callable[[], int]) -> None:
        self._pids, self._own_port = pids, own_port
        self._emit: Emit | None = None
        self._table: SocketTable | None = None
        self._connections: Connections | None = None
        self._pids_before: list[int] = []

    def start(self, emit: Emit, pid: int) -> None:
        """Nothing yet: see START_DELAY_SECONDS."""
        self._emit, self._pid = emit, pid
        self._started_at = time.monotonic()

    def tick(self) -> float | None:
        """Look at the sockets."""
        wait = START_DELAY_SECONDS - (time.monotonic() - self._started_at)
        if wait > 0:
            return wait
        if not self._connections and not self._open():
            return None
        pids = self._pids()
        news = self._look() or pids != self._pids_before
        self._pids_before = pids
        return max(self._pace.after_look(news=news), self._throttle.rest_seconds())

    def stop(self) -> None:
        """A last look; what is still open is reported as open."""
        if not self._connections or not self._table or not self._emit:
            return
        self._look()
        self._table.close()
        self._connections.finish(time.monotonic())
        self._add_ended()
        if dropped := self._connections.dropped:
            self._emit("sys", "dropped", {"what": "connections", "count": dropped})

    def _open(self) -> bool:
        if not os.path.isdir("/proc/self/fd"):
            return False
        from agentrec.capture.throttle import CpuThrottle, LookPace
        from agentrec.companions.network.connections import Connections
        from agentrec.companions.network.socket_table import SocketTable

        try:
            self._table = SocketTable()
        except OSError:  # not permitted here, or no such kernel
            return False
        self._throttle = CpuThrottle(CPU_SHARE, CPU_BURST_SECONDS)
        self._pace = LookPace(POLL_SECONDS)
        self._connections = Connections(self._own_port())
        return True

    def _look(self) -> bool:
        """Look at the sockets; whether there are new connections, or some have ended."""
        from agentrec.companions.network.socket_owners import owners

        assert self._connections
        assert self._table
        try:
            sockets = self._table.read()
        except OSError:
            return False  # the next look may go well
        known = self._connections
        if unknown := known.update(sockets, time.monotonic()):
            known.owned(owners(unknown, [self._pid, *self._pids()]))
        return self._add_ended() or bool(unknown)

    def _add_ended(self) -> bool:
        assert self._connections
        assert self._emit
        ended, self._connections.ended = self._connections.ended, []
        for data in ended:
            self._emit("sys", "connection", {**data})
        return bool(ended)
