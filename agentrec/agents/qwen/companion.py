"""Qwen Code: one file of chat records for each session of a project.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.folder import FolderCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder
    from agentrec.agents.qwen.chat import Chat

INFO_OPTIONS = frozenset({"-h", "--help", "-v", "--version", "-l", "--list-extensions"})
COMMANDS = frozenset({"mcp", "extensions", "auth", "hooks", "channel"})


def companion(argv: list[str]) -> FolderCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Qwen(argv)


def project_folder(cwd: str) -> str:
    """Where the chats of a directory are, below Qwen Code's own."""
    import re

    return os.path.join("projects", re.sub(r"[^A-Za-z0-9]", "-", cwd), "chats")


class Qwen(FolderCompanion):
    name = "qwen-code"
    home_variables = ("QWEN_HOME",)

    def folder(self) -> str:
        return os.path.join(self.home("QWEN_HOME", ".qwen"), project_folder(self.cwd))

    def parser(self, builder: EventBuilder, path: str) -> Chat:
        from agentrec.agents.qwen.chat import Chat

        return Chat(builder, path, since=self.began)
