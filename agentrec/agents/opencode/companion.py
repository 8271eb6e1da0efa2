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
        from agentrec.agents.opencode.database import Database

        home = self.home("XDG_DATA_HOME", os.path.join(".local", "share"))
        path = os.path.join(home, self.program, f"{self.program}.db")
        self._database: Database = Database(
            self.new_builder(), path, self.cwd, since=self.began, program=self.program
        )

    def poll(self) -> list[AgentEvent]:
        return self._database.read()

    def finish(self) -> list[AgentEvent]:
        return self._database.finish()
