"""Agents that are started below another program: from a recorded shell, by npx, by a script.

They are found in /proc (Linux), soon after their start, and followed by what they write.
Their command line cannot be changed. On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import time

from agentrec.agents.follow.run_mark import with_marks
from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.agents.follow.agent import AgentCompanion
    from agentrec.capture.companion_host import Emit

    _Agent = tuple[AgentCompanion, dict[str, str], str]

SEARCH_INTERVAL_SECONDS = 0.1
# While no process starts or ends, if that is known.
QUIET_SEARCH_INTERVAL_SECONDS = 2.0
# With many processes searches are less frequent: this part of the time at most, but no agent is to be missed.
MAX_SEARCH_SHARE = 0.02
MAX_SEARCH_INTERVAL_SECONDS = 0.5
# The lowest of the last ones counts: loading code the first time takes longer than a search.
COSTS = 4
FIRST_SEARCH_DELAY_SECONDS = 0.3
# A file's time may be that much before the clock's.
FILE_TIME_SLACK_SECONDS = 0.5
# Programs that run others, whose name is their first argument.
RUNNERS = ("node", "bun", "deno", "python", "python3", "uv", "ruby", "sh", "bash", "env")


class AgentDetector(Companion):
    """The companion of a program that is not an agent itself.

    ``changes()`` counts what happens to the processes below it, None where nobody knows: without news
    there is nothing to find.
    """

    name = "agents"
    # Many agents may end at once, and each has its last records read.
    stop_timeout_seconds = 5.0

    def __init__(
        self,
        find_companion: Callable[[list[str]], AgentCompanion | None],
        changes: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._find_companion, self._changes = find_companion, changes
        self._seen_changes: int | None = None
        self._followed: dict[int, AgentCompanion] = {}
        # Processes that were followed once, however that ended.
        self._known: set[int] = set()
        self._last_search: float | None = None
        self._interval = SEARCH_INTERVAL_SECONDS
        self._costs: list[float] = []

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """Marks in the logs of agents that need one."""
        return argv, with_marks(env)

    def start(self, emit: Emit, pid: int) -> None:
        """The program runs; the first search comes later."""
        from agentrec.agents.follow.owners import Owners

        self._owners = Owners()
        self._emit, self._pid = emit, pid
        self._searched_at = time.time()

    def tick(self) -> float | None:
        """Search for agents, and poll those that were found."""
        if not os.path.isdir("/proc/self/task"):
            return None
        now = time.monotonic()
        if self._last_search is None:
            self._last_search = now - self._interval + FIRST_SEARCH_DELAY_SECONDS
            return FIRST_SEARCH_DELAY_SECONDS
        if now - self._last_search >= self._interval and self._is_news(now):
            self._last_search = now
            # Following one that is new takes long the first time, which says nothing of the next search.
            cost = self._search()
            self._costs = [*self._costs[1 - COSTS :], cost]
            wanted = min(self._costs) / MAX_SEARCH_SHARE
            self._interval = min(max(SEARCH_INTERVAL_SECONDS, wanted), MAX_SEARCH_INTERVAL_SECONDS)
        delays = [self._poll(pid) for pid in list(self._followed)]
        return min([self._interval, *delays])

    def stop(self) -> None:
        """Everything has ended."""
        while self._followed:
            self._followed.popitem()[1].stop()

    def _is_news(self, now: float) -> bool:
        """Whether a search may find something."""
        before, self._seen_changes = self._seen_changes, self._changes()
        if self._seen_changes is None or self._seen_changes != before:
            return True
        return now - (self._last_search or 0) >= QUIET_SEARCH_INTERVAL_SECONDS

    def _search(self) -> float:
        """Follow what is new; returns the processor time that looking for it took, in seconds."""
        from agentrec.agents.follow.open_files import process_tree

        began = time.thread_time()
        since, self._searched_at = self._searched_at, time.time()
        covered = {pid for followed in self._followed for pid in process_tree(followed)}
        following = 0.0
        for pid in process_tree(self._pid):
            if pid in covered or pid in self._known:
                continue
            if found := self._agent(pid):
                found_at = time.thread_time()
                self._follow(pid, found, since)
                following += time.thread_time() - found_at
                # Of a wrapper and its program, the wrapper is followed.
                covered.update(process_tree(pid))
        return time.thread_time() - began - following

    def _agent(self, pid: int) -> _Agent | None:
        """A companion for the process, its environment and its directory; None if it is not an agent."""
        from agentrec.agents.follow.open_files import read_process

        process = read_process(pid)
        if process is None:
            return None
        argv, env, cwd = process
        companion = self._find_companion(_without_runner(argv))
        return None if companion is None else (companion, env, cwd)

    def _follow(self, pid: int, agent: _Agent, since: float) -> None:
        companion, env, cwd = agent
        self._known.add(pid)
        companion.attach(env, cwd, since - FILE_TIME_SLACK_SECONDS, self._owners)
        self._followed[pid] = companion
        companion.start(self._emit, pid)

    def _poll(self, pid: int) -> float:
        """Poll one agent. One that raises is not followed any more."""
        companion = self._followed.pop(pid)
        if not os.path.exists(f"/proc/{pid}"):
            companion.stop()
            return SEARCH_INTERVAL_SECONDS
        delay = companion.tick()
        self._followed[pid] = companion
        return delay


def _without_runner(argv: list[str]) -> list[str]:
    if len(argv) > 1 and os.path.basename(argv[0]) in RUNNERS:
        return argv[1:]
    return argv
