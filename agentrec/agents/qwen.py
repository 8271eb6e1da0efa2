"""Qwen Code: one file of chat records for each session of a project."""

from __future__ import annotations

import os

from agentrec.agents.folder import FolderCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.qwen_chat import Chat
    from agentrec.agents.story import Story

QUESTIONS = frozenset({"-h", "--help", "-v", "--version", "-l", "--list-extensions"})
COMMANDS = frozenset({"mcp", "extensions", "auth", "hooks", "channel"})


def companion(argv: list[str]) -> FolderCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or QUESTIONS & set(argv[1:]):
        return None
    return Qwen(argv)


class Qwen(FolderCompanion):
    name = "qwen-code"
    homes = ("QWEN_HOME",)

    def folder(self) -> str:
        import re

        project = re.sub(r"[^A-Za-z0-9]", "-", self.cwd)
        return os.path.join(self.home("QWEN_HOME", ".qwen"), "projects", project, "chats")

    def parser(self, story: Story, path: str) -> Chat:
        from agentrec.agents.qwen_chat import Chat

        return Chat(story, path, since=self.began)
