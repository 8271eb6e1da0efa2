"""Kilo Code's CLI: opencode's tables, in a database of its own.

On the start path of `record`: light imports.
"""

from __future__ import annotations

from agentrec.agents.opencode.companion import INFO_OPTIONS, OpenCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.agent import AgentCompanion

COMMANDS = frozenset({
    "acp", "agent", "auth", "cloud", "completion", "config", "console", "daemon", "db", "debug",
    "export", "github", "help", "import", "mcp", "models", "plug", "plugin", "pr", "profile",
    "providers", "remote", "roll-call", "serve", "session", "stats", "uninstall", "upgrade",
    "worktree",
})  # fmt: skip


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Kilo(argv)


class Kilo(OpenCode):
    name = "kilo"
    program = "kilo"
