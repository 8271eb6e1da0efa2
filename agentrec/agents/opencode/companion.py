"""opencode: its database, read beside it."""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import Told
    from agentrec.agents.opencode.database import Store

QUESTIONS = frozenset({"-h", "--help", "-v", "--version"})
COMMANDS = frozenset(
    (
        *("acp", "agent", "auth", "completion", "db", "debug", "export", "github", "import", "mcp"),
        *("models", "plugin", "plug", "pr", "providers", "serve", "session", "stats", "uninstall"),
        *("upgrade", "web"),
    )
)


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or QUESTIONS & set(argv[1:]):
        return None
    return OpenCode(argv)


class OpenCode(AgentCompanion):
    """Follows every session of our directory that changes while opencode runs, and its sub-agents'."""

    name = "opencode"

    def open(self) -> None:
        from agentrec.agents.opencode.database import Store

        home = self.home("XDG_DATA_HOME", os.path.join(".local", "share"))
        path = os.path.join(home, "opencode", "opencode.db")
        self._store: Store = Store(self.story(), path, self.cwd, since=self.began)

    def look(self) -> list[Told]:
        return self._store.read()

    def finish(self) -> list[Told]:
        return self._store.finish()
