"""opencode: its database, read beside it.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.opencode.database import Database

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

    def open(self) -> None:
        self._builder = self.new_builder()
        # By path: each channel of releases has its own.
        self._databases: dict[str, Database] = {}

    def poll(self) -> list[AgentEvent]:
        for path in self._paths():
            if path not in self._databases:
                self._databases[path] = self._database(path)
        return [event for database in self._databases.values() for event in database.read()]

    def finish(self) -> list[AgentEvent]:
        for database in self._databases.values():
            database.finish()
        if any(database.has_sessions for database in self._databases.values()):
            self._builder.finished()
        return self._builder.drain()

    def _paths(self) -> list[str]:
        home = self.home("XDG_DATA_HOME", os.path.join(".local", "share"))
        folder = os.path.join(home, self.program)
        chosen = self.env.get(f"{self.program.upper()}_DB")
        if chosen and chosen != ":memory:":
            return [os.path.join(folder, chosen)]
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return []
        return [
            os.path.join(folder, name)
            for name in names
            if name.startswith(self.program) and name.endswith(".db")
        ]

    def _database(self, path: str) -> Database:
        from agentrec.agents.opencode.database import Database

        return Database(
            self._builder, path, self.cwd, since=self.began, program=os.path.basename(self.argv[0])
        )
