"""Gemini CLI: a file of messages for each chat, in a folder that its list of projects names.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import json
import os

from agentrec.agents.follow.folder import FolderCompanion
from agentrec.config import read_plain
from agentrec.json_values import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.gemini.chat import Chat
    from agentrec.json_values import JsonObject

_LIST_LIMIT_BYTES = 16 << 20
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
        project = _projects(home).get(self.cwd)
        return os.path.join(home, "tmp", str(project), "chats") if project else ""

    def parser(self, builder: EventBuilder, path: str) -> Chat:
        from agentrec.agents.gemini.chat import Chat

        return Chat(builder, path, cwd=self.cwd, since=self.began)


def project_of_chat(path: str) -> str:
    """The directory that a chat is about: the list names the folder of each. Empty if that is unknown."""
    folder = os.path.dirname(os.path.dirname(path))  # of a project, in `tmp`
    home = os.path.dirname(os.path.dirname(folder))
    name = os.path.basename(folder)
    return next((cwd for cwd, one in _projects(home).items() if one == name), "")


def _projects(home: str) -> JsonObject:
    """The list of projects: names of folders by directory; empty if there is none."""
    try:
        listed = json.loads(read_plain(os.path.join(home, "projects.json"), _LIST_LIMIT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return table(table(listed).get("projects"))
