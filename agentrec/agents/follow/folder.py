"""Agents that write each conversation to a file of JSON lines in a folder of their project.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder
    from agentrec.agents.follow.tail import Tail
    from agentrec.json_values import JsonObject

    class RecordParser(Protocol):
        def feed(self, record: JsonObject, offset: int) -> None:
            """Read one record; ``offset`` is the position in the file after it."""


SUFFIX = ".jsonl"


class FolderCompanion(AgentCompanion):
    """Follows every file of the folder that grows while the agent runs.

    Of two runs of one agent in one directory at one time, the first to see a file follows it.
    """

    def folder(self) -> str:
        """Return where this project's conversations are, or will be; empty while that is unknown."""
        raise NotImplementedError

    def parser(self, builder: EventBuilder, path: str) -> RecordParser:
        """Return the parser for a conversation's file."""
        raise NotImplementedError

    def open(self) -> None:
        from agentrec.agents.follow.tail import size_before

        self._builder = self.new_builder()
        self._sizes_before = {path: size_before(path, self.began) for path, _ in self._files()}
        self._followed: dict[str, tuple[Tail, RecordParser]] = {}

    def poll(self) -> list[AgentEvent]:
        from agentrec.agents.follow.tail import HISTORY_BYTES, Tail

        for path, size in self._files():
            left = self.owners().left_at(path)
            before = max(left, self._sizes_before.get(path, 0))
            if path in self._followed or size <= before or not self.owners().claim(path, self):
                continue
            tail = Tail(path, left or max(0, before - HISTORY_BYTES))
            self._followed[path] = (tail, self.parser(self._builder, path))
        for tail, parser in self._followed.values():
            for record, offset in tail.records():
                self._builder.feed_safely(parser.feed, record, offset)
            self._builder.misreads.broken(tail.take_broken())
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        for path, (tail, _) in self._followed.items():
            self.owners().leave(path, tail.size)
        if self._followed:
            self._builder.finished()
        return self._builder.drain()

    def _files(self) -> list[tuple[str, int]]:
        from agentrec.agents.follow.tail import names, size_of

        folder = self.folder()
        paths = (os.path.join(folder, name) for name in names(folder) if name.endswith(SUFFIX))
        return [(path, size_of(path)) for path in paths]
