"""pi (pi-coding-agent): one session file, every call with its usage and cost."""

from __future__ import annotations

import os

from agentrec.agents.follow.folder import FolderCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import Story
    from agentrec.agents.pi.session import Session

QUESTIONS = frozenset({"-h", "--help", "-v", "--version", "--list-models"})
COMMANDS = frozenset({"install", "remove", "update", "list", "config"})


def companion(argv: list[str]) -> FolderCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or QUESTIONS & set(argv[1:]):
        return None
    return Pi(argv)


def project_folder(cwd: str) -> str:
    """What pi calls the folder for the sessions of a directory."""
    project = cwd.lstrip("/").replace("/", "-").replace(":", "-")
    return f"--{project}--"


class Pi(FolderCompanion):
    name = "pi"
    homes = ("PI_CODING_AGENT_DIR",)

    def folder(self) -> str:
        home = self.home("PI_CODING_AGENT_DIR", os.path.join(".pi", "agent"))
        return os.path.join(home, "sessions", project_folder(self.cwd))

    def parser(self, story: Story, path: str) -> Session:
        from agentrec.agents.pi.session import Session

        return Session(story, path, since=self.began)
