"""opencode: its database, read beside it.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os
import time

from agentrec.agents.follow.agent import MAX_LAST_POLLS, AgentCompanion
from agentrec.agents.follow.run_mark import mark_in, variable, with_marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder
    from agentrec.agents.opencode.database import Database
    from agentrec.agents.opencode.run_log import RunLog

# How long to wait for the log that names runs.
_LOG_SECONDS = 10.0
# At the end, between tries to read a database that is locked.
_AGAIN_SECONDS = 0.1
INFO_OPTIONS = frozenset({"-h", "--help", "-v", "--version"})
COMMANDS = frozenset({
    "acp", "agent", "auth", "completion", "db", "debug", "export", "github", "import", "mcp", "models",
    "plugin", "plug", "pr", "providers", "serve", "session", "stats", "uninstall", "upgrade", "web",
})  # fmt: skip


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return OpenCode(argv)


class OpenCode(AgentCompanion):
    """Follows every session of our directory that changes while opencode runs, and its sub-agents'."""

    name = "opencode"
    # Its folder and its database are named after it, in forks too.
    program = "opencode"

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change but a mark in the log."""
        return super().prepare(argv, with_marks(env, (self.program,)), cwd)

    def open(self) -> None:
        found = self.owners().shared(f"{self.program} {self._folder()} {self.cwd}", self._new_group)
        assert isinstance(found, _Group)
        self._group = found
        self._group.users += 1
        self._builder_in_use = self._group.builder

    def poll(self) -> list[AgentEvent]:
        return self._group.read(self._paths())

    def finish(self) -> list[AgentEvent]:
        self._group.users -= 1
        if self._group.users:
            self._builder_in_use = None  # those who go on have it
            return []
        return self._group.finish(self._paths())

    def _new_group(self) -> object:
        mark = mark_in(self.env, variable(self.program))
        log = os.path.join(self._folder(), "log", "opencode.log")
        return _Group(self.new_builder(), self._database, log, mark)

    def _folder(self) -> str:
        home = self.home("XDG_DATA_HOME", os.path.join(".local", "share"))
        return os.path.join(home, self.program)

    def _paths(self) -> list[str]:
        return database_paths(self._folder(), self.program, self.env)

    def _database(self, path: str) -> Database:
        from agentrec.agents.opencode.database import Database

        # Of the first one: for a later one, what others have said by then is history.
        program, group = os.path.basename(self.argv[0]), self._group
        return Database(
            group.builder, path, self.cwd, since=self.began, program=program, is_ours=group.is_ours
        )


def database_paths(folder: str, program: str, env: Mapping[str, str]) -> list[str]:
    """The databases of ``program``: the one that the user has chosen, or one for each channel of releases."""
    chosen = env.get(f"{program.upper()}_DB")
    if chosen and chosen != ":memory:":
        return [os.path.join(folder, chosen)]
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        os.path.join(folder, name)
        for name in names
        if name.startswith(program) and name.endswith(".db")
    ]


class _Group:
    """What all processes of opencode in one directory share, if they are in one recording.

    A session does not say which process works on it: it is reported once, by whoever reads it first. Those of
    other recordings are told by opencode's ``log``, where our runs have the ``mark``.
    """

    def __init__(
        self, builder: EventBuilder, database: Callable[[str], Database], log: str, mark: str
    ) -> None:
        self.users = 0
        self.builder, self._new_database = builder, database
        # By path: each channel of releases has its own.
        self._databases: dict[str, Database] = {}
        self._log = _run_log(log, mark) if mark else None
        self._began = time.monotonic()

    def is_ours(self, session_id: str, parent: str | None) -> bool:
        """Whether the session, or the one it is a part of, belongs to this recording as far as is known."""
        if self._log is None:
            return True
        if not self._log.knows_marked:
            # Where others log, so will ours: it starts slowly on a busy machine.
            patience = float("inf") if self._log.knows_runs else _LOG_SECONDS
            return time.monotonic() - self._began >= patience
        ids = [one for one in (session_id, parent) if one]
        if self._began == float("-inf") and all(map(self._log.may_have, ids)):
            return True
        return any(map(self._log.has, ids))

    def read(self, paths: list[str]) -> list[AgentEvent]:
        """What is new in the databases at ``paths``."""
        for path in paths:
            if path not in self._databases:
                self._databases[path] = self._new_database(path)
        waits = self._log is not None and (self._log.read() or not self._log.knows_marked)
        return [event for one in self._databases.values() for event in one.read(again=waits)]

    def finish(self, paths: list[str]) -> list[AgentEvent]:
        """The last one has ended."""
        self._began = float("-inf")  # no more patience
        for database in self._databases.values():
            database.forget_times()
        events: list[AgentEvent] = []
        for _ in range(MAX_LAST_POLLS):
            events += (more := self.read(paths))
            if any(database.failed for database in self._databases.values()):
                time.sleep(_AGAIN_SECONDS)  # opencode is just closing it
            elif not more:
                break
        for database in self._databases.values():
            database.finish()
        if any(database.has_sessions for database in self._databases.values()):
            self.builder.finished()
        return events + self.builder.drain()


def _run_log(path: str, mark: str) -> RunLog:
    from agentrec.agents.opencode.run_log import RunLog

    return RunLog(path, mark)
