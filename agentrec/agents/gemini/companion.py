"""Gemini CLI: a file of messages for each chat, in a folder that its list of projects names.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import json
import os

from agentrec.agents.follow.folder import FolderCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.gemini.chat import Chat

INFO_OPTIONS = frozenset(
    {"-h", "--help", "-v", "--version", "--list-extensions", "--list-sessions"}
)
COMMANDS = frozenset({"mcp", "extensions", "extension", "skills", "skill", "hooks", "gemma"})


def companion(argv: list[str]) -> FolderCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Gemini(argv)


class Gemini(FolderCompanion):
    name = "gemini-cli"
    home_variables = ("GEMINI_CLI_HOME",)

    def folder(self) -> str:
        home = os.path.join(self.home("GEMINI_CLI_HOME", ""), ".gemini")
        try:
            with open(os.path.join(home, "projects.json"), encoding="utf-8") as file:
                project = json.load(file)["projects"][self.cwd]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return os.path.join(home, "tmp", str(project), "chats")

    def parser(self, builder: EventBuilder, path: str) -> Chat:
        from agentrec.agents.gemini.chat import Chat

        return Chat(builder, path, cwd=self.cwd, since=self.began)


def project_of_chat(path: str) -> str:
    """The directory that a chat is about: the list names the folder of each. Empty if that is unknown."""
    folder = os.path.dirname(os.path.dirname(path))  # of a project, in `tmp`
    home = os.path.dirname(os.path.dirname(folder))
    try:
        with open(os.path.join(home, "projects.json"), encoding="utf-8") as file:
            projects = json.load(file)["projects"].items()
        return next(str(cwd) for cwd, name in projects if name == os.path.basename(folder))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return ""
