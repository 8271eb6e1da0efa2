"""Codex: its rollout files. On the start path: light imports.

Nothing is added to its command line or environment. The file of a thread is held open by Codex while
it runs, which tells exactly which ones are its own; where that cannot be seen (no /proc, or a server
that Codex left running), it is the new file whose thread works in our directory.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.codex.rollout import Rollout
    from agentrec.agents.follow.event_builder import Told
    from agentrec.agents.follow.tail import Tail

# These talk about Codex and start no conversation.
COMMANDS = frozenset(
    (
        *(
            "app-server",
            "apply",
            "a",
            "archive",
            "cloud",
            "completion",
            "debug",
            "delete",
            "doctor",
        ),
        *("exec-server", "features", "help", "login", "logout", "mcp", "mcp-server", "plugin"),
        *("remote-control", "sandbox", "unarchive", "update"),
    )
)
QUESTIONS = frozenset({"-h", "--help", "-V", "--version"})
SEARCH = 0.5  # seconds between two searches for files
DAYS = 2  # newest folders of the sessions where a new file may be


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or QUESTIONS & set(argv[1:]):
        return None
    return Codex(argv)


class Codex(AgentCompanion):
    """Follows every thread of this process."""

    name = "codex"
    homes = ("CODEX_HOME",)

    def open(self) -> None:
        import time

        from agentrec.agents.follow.tail import size_before

        self._clock = time.monotonic
        self._story = self.story()
        home = os.path.realpath(self.home("CODEX_HOME", ".codex"))  # /proc names real paths
        self._sessions = os.path.join(home, "sessions")
        recent = (path for path, _ in _recent(self._sessions))
        self._before = {path: size_before(path, self.began) for path in recent}
        self._searched = 0.0
        self._threads: dict[str, tuple[Tail, Rollout]] = {}

    def look(self) -> list[Told]:
        now = self._clock()
        if now - self._searched >= SEARCH:
            self._searched = now
            self._search()
        for tail, rollout in self._threads.values():
            for record, offset in tail.records():
                self._story.safely(rollout.feed, record, offset)
        return self._story.take()

    def finish(self) -> list[Told]:
        self._search()
        told = list(self.look())
        if self._threads:
            self._story.finished()
        return told + self._story.take()

    def _search(self) -> None:
        from agentrec.agents.follow.open_files import open_files

        ours = [p for p in open_files(self.pid) if p.startswith(self._sessions) and _is_rollout(p)]
        for path in ours or (self._guess() if not self._threads else ()):
            self._follow(path)

    def _guess(self) -> list[str]:
        """A rollout that is new and names our directory, when it is the only one."""
        found = []
        for path, size in _recent(self._sessions):
            if size > self._before.get(path, 0) and _directory(path) == self.cwd:
                found.append(path)
        return found if len(found) == 1 else []

    def _follow(self, path: str) -> None:
        if path in self._threads:
            return
        from agentrec.agents.codex.rollout import Rollout
        from agentrec.agents.follow.tail import HISTORY, Tail, first_record

        rollout = Rollout(self._story, path, since=self.began)
        start = max(0, self._before.get(path, 0) - HISTORY)
        if start:  # the thread's own data stand in its first line only
            self._story.safely(rollout.feed, first_record(path), 0)
        self._threads[path] = (Tail(path, start), rollout)


def _recent(sessions: str) -> list[tuple[str, int]]:
    """Rollouts in the newest day folders, with their sizes."""
    from agentrec.agents.follow.tail import names, size_of

    days = [
        os.path.join(sessions, year, month, day)
        for year in names(sessions)[-2:]
        for month in names(os.path.join(sessions, year))[-2:]
        for day in names(os.path.join(sessions, year, month))
    ][-DAYS:]
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
