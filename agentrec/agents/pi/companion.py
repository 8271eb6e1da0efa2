"""pi (pi-coding-agent): one session file, every call with its usage and cost.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.folder import FolderCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.pi.session import SessionFile

INFO_OPTIONS = frozenset({"-h", "--help", "-v", "--version", "--list-models"})
COMMANDS = frozenset({"install", "remove", "update", "list", "config"})


def companion(argv: list[str]) -> FolderCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Pi(argv)


def project_folder(cwd: str) -> str:
    """How pi names the folder for the sessions of a directory."""
    project = cwd.lstrip("/").replace("/", "-").replace(":", "-")
    return f"--{project}--"


class Pi(FolderCompanion):
    name = "pi"
    home_variables = ("PI_CODING_AGENT_DIR",)

    def folder(self) -> str:
        home = self.home("PI_CODING_AGENT_DIR", os.path.join(".pi", "agent"))
        return os.path.join(home, "sessions", project_folder(self.cwd))

    def parser(self, builder: EventBuilder, path: str) -> SessionFile:
        from agentrec.agents.pi.session import SessionFile

        return SessionFile(builder, path, since=self.began)
