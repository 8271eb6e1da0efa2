"""Codex: its rollout files. On the start path: light imports.

Nothing is added to its command line or environment, unless it is to be told of findings. The file of a
thread is held open by Codex while it runs, which shows exactly which ones are its own; where that cannot be
seen (no /proc, a run that was too short, or a server that Codex left running), it is the new file whose
thread works in our directory and that no other run has.
"""

from __future__ import annotations

import os

from agentrec.agents import GUARD_HOOK
from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.codex.rollout import Rollout
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.follow.tail import Tail

# These manage Codex and start no session.
COMMANDS = frozenset({
    "app-server", "apply", "a", "archive", "cloud", "completion", "debug", "delete", "doctor",
    "exec-server", "features", "help", "login", "logout", "mcp", "mcp-server", "plugin",
    "remote-control", "sandbox", "unarchive", "update",
})  # fmt: skip
INFO_OPTIONS = frozenset({"-h", "--help", "-V", "--version"})
SEARCH_INTERVAL_SECONDS = 0.5
# A new file may be in one of the newest day folders.
RECENT_DAYS = 2


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Codex(argv)


class Codex(AgentCompanion):
    """Follows every thread of this process."""

    name = "codex"
    home_variables = ("CODEX_HOME",)

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        super().prepare(argv, env, cwd)
        if GUARD_HOOK in env:
            from agentrec.agents.codex.stop_hook import with_hook

            argv = with_hook(argv, env[GUARD_HOOK])
        return argv, env

    def open(self) -> None:
        import time

        from agentrec.agents.follow.tail import size_before

        self._clock = time.monotonic
        self._builder = self.new_builder()
        home = os.path.realpath(self.home("CODEX_HOME", ".codex"))  # /proc names real paths
        self._sessions = os.path.join(home, "sessions")
        recent = (path for path, _ in _recent_rollouts(self._sessions))
        self._sizes_before = {path: size_before(path, self.began) for path in recent}
        self._last_search = 0.0
        self._threads: dict[str, tuple[Tail, Rollout]] = {}

    def poll(self) -> list[AgentEvent]:
        now = self._clock()
        if now - self._last_search >= SEARCH_INTERVAL_SECONDS:
            self._last_search = now
            self._search()
        for tail, rollout in self._threads.values():
            for record, offset in tail.records():
                self._builder.feed_safely(rollout.feed, record, offset)
            self._builder.misreads.broken(tail.take_broken())
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        self._search(at_end=True)
        events = self.poll()
        if self._threads:
            self._builder.finished()
        return events + self._builder.drain()

    def _search(self, *, at_end: bool = False) -> None:
        from agentrec.agents.follow.open_files import open_files
        from agentrec.agents.follow.tail import size_of

        paths = [path for path in open_files(self.pid) if path.startswith(self._sessions)]
        # It looks into older ones when it starts: only what grows is its own.
        rollouts = [
            path
            for path in paths
            if _is_rollout(path) and size_of(path) > self._sizes_before.get(path, 0)
        ]
        if not rollouts and not self._threads:
            rollouts = self._new_rollouts()
            # Of several nobody knows which is whose, as long as they all run.
            rollouts = rollouts if len(rollouts) == 1 or at_end else []
        for path in rollouts:
            self._follow(path)

    def _new_rollouts(self) -> list[str]:
        """Rollouts that have grown, name our directory, and are of no other run."""
        from agentrec.agents.follow.open_files import holders, process_tree

        paths = [
            path
            for path, size in _recent_rollouts(self._sessions)
            if size > self._sizes_before.get(path, 0)
            and self.owners().is_free(path)
            and _directory(path) == self.cwd
        ]
        found, ours = holders(paths), set(process_tree(self.pid))
        return [path for path in paths if not any(map(_is_agent, set(found.get(path, ())) - ours))]

    def _follow(self, path: str) -> None:
        if path in self._threads:
            return
        from agentrec.agents.codex.rollout import Rollout
        from agentrec.agents.follow.tail import HISTORY_BYTES, Tail, first_record

        self.owners().claim(path, self)
        rollout = Rollout(self._builder, path, since=self.began, owners=self.owners())
        start = max(0, self._sizes_before.get(path, 0) - HISTORY_BYTES)
        if start:  # the thread's own data are in its first line only
            self._builder.feed_safely(rollout.feed, first_record(path), 0)
        self._threads[path] = (Tail(path, start), rollout)


def _is_agent(pid: int) -> bool:
    """Return whether a process is a Codex that has sessions; a server of it is none."""
    from agentrec.agents import find_companion
    from agentrec.agents.follow.open_files import read_process

    process = read_process(pid)
    return process is not None and find_companion(process[0]) is not None


def _recent_rollouts(sessions: str) -> list[tuple[str, int]]:
    """Rollouts in the newest day folders, with their sizes."""
    from agentrec.agents.follow.tail import names, size_of

    days = [
        os.path.join(sessions, year, month, day)
        for year in names(sessions)[-2:]
        for month in names(os.path.join(sessions, year))[-2:]
        for day in names(os.path.join(sessions, year, month))
    ][-RECENT_DAYS:]
    paths = [os.path.join(day, name) for day in days for name in names(day) if _is_rollout(name)]
    return [(path, size_of(path)) for path in paths]


def _is_rollout(path: str) -> bool:
    return os.path.basename(path).startswith("rollout-") and path.endswith(".jsonl")


def _directory(path: str) -> str:
    """The directory that a rollout's thread works in."""
    from agentrec.agents.follow.tail import first_record

    payload = first_record(path).get("payload")
    cwd = payload.get("cwd") if isinstance(payload, dict) else None
    return cwd if isinstance(cwd, str) else ""
