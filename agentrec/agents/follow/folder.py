"""Agents that write each conversation to a file of JSON lines in a folder of their project."""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from agentrec.agents.follow.event_builder import Story, Told
    from agentrec.agents.follow.tail import Tail

    class Parser(Protocol):
        def feed(self, record: dict[str, Any], offset: int) -> None: ...


SUFFIX = ".jsonl"


class FolderCompanion(AgentCompanion):
    """Follows every file of the folder that grows while the agent runs.

    Two runs of one agent in one directory at one time cannot be told apart by that.
    """

    def folder(self) -> str:
        """Where this project's conversations are, or will be; empty while nobody knows."""
        raise NotImplementedError

    def parser(self, story: Story, path: str) -> Parser:
        """The parser for a conversation's file."""
        raise NotImplementedError

    def open(self) -> None:
        from agentrec.agents.follow.tail import size_before

        self._story = self.story()
        self._before = {path: size_before(path, self.began) for path, _ in self._files()}
        self._followed: dict[str, tuple[Tail, Parser]] = {}

    def look(self) -> list[Told]:
        from agentrec.agents.follow.tail import HISTORY, Tail

        for path, size in self._files():
            before = self._before.get(path, 0)
            if size > before and path not in self._followed:
                tail = Tail(path, max(0, before - HISTORY))
                self._followed[path] = (tail, self.parser(self._story, path))
        for tail, parser in self._followed.values():
            for record, offset in tail.records():
                self._story.safely(parser.feed, record, offset)
        return self._story.take()

    def finish(self) -> list[Told]:
        if self._followed:
            self._story.finished()
        return self._story.take()

    def _files(self) -> list[tuple[str, int]]:
        from agentrec.agents.follow.tail import names, size_of

        folder = self.folder()
        found = (os.path.join(folder, name) for name in names(folder) if name.endswith(SUFFIX))
        return [(path, size_of(path)) for path in found]
