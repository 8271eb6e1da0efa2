"""Agents that are started later, below another program: from a recorded shell, by npx, by a script.

They are found in /proc (Linux), up to a second after their start, and followed by what they write.
Nothing can be added to their command line any more. On the start path: light imports.
"""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.agent import AgentCompanion
    from agentrec.capture.companion_host import Emit

SEARCH = 1.0  # seconds between two looks at the processes
FIRST = 0.3  # seconds until the first
SLACK = 0.5  # seconds: a file's time may be that much before the clock's
# Programs that run others, whose name is their first argument.
RUNNERS = ("node", "bun", "deno", "python", "python3", "uv", "ruby", "sh", "bash", "env")


class LateAgents(Companion):
    """The companion of a program that is no agent itself."""

    name = "agents"

    def __init__(self) -> None:
        self._followed: dict[int, AgentCompanion] = {}
        self._refused: set[int] = set()
        self._searched: float | None = None

    def start(self, emit: Emit, pid: int) -> None:
        """The program runs; what it starts is looked for later."""
        self._emit, self._pid = emit, pid
        self._looked = time.time()

    def tick(self) -> float | None:
        """Look for agents, and at those that were found."""
        if not os.path.isdir("/proc/self/task"):
            return None
        now = time.monotonic()
        if self._searched is None:
            self._searched = now - SEARCH + FIRST
            return FIRST
        if now - self._searched >= SEARCH:
            self._searched = now
            self._search()
        delays = [self._visit(pid) for pid in list(self._followed)]
        return min([SEARCH, *delays])

    def stop(self) -> None:
        """Everything has ended."""
        while self._followed:
            self._followed.popitem()[1].stop()

    def _search(self) -> None:
        from agentrec.agents.follow.open_files import family

        before, self._looked = self._looked, time.time()
        known = {pid for mine in self._followed for pid in family(mine)}
        for pid in family(self._pid):
            if pid not in known and pid not in self._refused and self._follow(pid, before):
                known.update(family(pid))  # of a wrapper and its program, the wrapper

    def _follow(self, pid: int, since: float) -> bool:
        from agentrec.agents import find
        from agentrec.agents.follow.open_files import described

        described_as = described(pid)
        if described_as is None:
            return False
        argv, env, cwd = described_as
        found = find(_without_runner(argv))
        if found is None:
            return False
        self._refused.add(pid)  # once only, however it ends
        found.adopt(env, cwd, since - SLACK)
        self._followed[pid] = found
        found.start(self._emit, pid)
        return True

    def _visit(self, pid: int) -> float:
        """One look at one agent; whoever fails is left alone from then on."""
        agent = self._followed.pop(pid)
        if not os.path.exists(f"/proc/{pid}"):
            agent.stop()
            return SEARCH
        delay = agent.tick()
        self._followed[pid] = agent
        return delay


def _without_runner(argv: list[str]) -> list[str]:
    if len(argv) > 1 and os.path.basename(argv[0]) in RUNNERS:
        return argv[1:]
    return argv
