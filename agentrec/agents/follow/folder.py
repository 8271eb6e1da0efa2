"""Agents that write each conversation to a file of JSON lines in a folder of their project.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder
    from agentrec.agents.follow.owners import Owners
    from agentrec.agents.follow.tail import Tail
    from agentrec.json_values import JsonObject

    class RecordParser(Protocol):
        def feed(self, record: JsonObject, offset: int) -> None:
            """Read one record; ``offset`` is the position in the file after it."""


SUFFIX = ".jsonl"


class FolderCompanion(AgentCompanion):
    """Follows every file of the folder that grows while the agent runs.

    A file does not say which process writes it: all runs of one agent in one directory of a recording
    follow the same files together, until the last one has ended.
    """

    def folder(self) -> str:
        """Return where this project's conversations are, or will be; empty while that is unknown."""
        raise NotImplementedError

    def parser(self, builder: EventBuilder, path: str) -> RecordParser:
        """Return the parser for a conversation's file."""
        raise NotImplementedError

    def open(self) -> None:
        from agentrec.agents.follow.tail import size_before

        home = [self.env.get(name, "") for name in ("HOME", *self.home_variables)]
        group = self.owners().shared(" ".join((self.name, self.cwd, *home)), _Group)
        assert isinstance(group, _Group)
        self._group = group
        if not group.users:
            sizes = {path: size_before(path, self.began) for path, _ in self._files()}
            group.begin(self.new_builder(), sizes, self.parser)
        group.users += 1
        self._builder_in_use = group.builder

    def poll(self) -> list[AgentEvent]:
        return self._group.read(self._files(), self.owners())

    def finish(self) -> list[AgentEvent]:
        self._group.users -= 1
        if not self._group.users:
            return self._group.finish(self.owners())
        self._builder_in_use = None  # those who go on have it
        return []

    def _files(self) -> list[tuple[str, int]]:
        from agentrec.agents.follow.tail import names, size_of

        folder = self.folder()
        paths = (os.path.join(folder, name) for name in names(folder) if name.endswith(SUFFIX))
        return [(path, size_of(path)) for path in paths]


class _Group:
    """What runs of one agent in one directory share while any of them runs."""

    builder: EventBuilder
    _parser: Callable[[EventBuilder, str], RecordParser]

    def __init__(self) -> None:
        self.users = 0
        self._sizes_before: dict[str, int] = {}
        self._followed: dict[str, tuple[Tail, RecordParser]] = {}

    def begin(
        self,
        builder: EventBuilder,
        sizes: dict[str, int],
        parser: Callable[[EventBuilder, str], RecordParser],
    ) -> None:
        """The first one starts, where files have these ``sizes``.

        Its ``parser`` is used for all: for that of a later one, what others have said by then is history.
        """
        self.builder, self._sizes_before, self._parser = builder, sizes, parser

    def read(self, files: Iterable[tuple[str, int]], owners: Owners) -> list[AgentEvent]:
        """What is new in ``files``, of which sizes are given."""
        from agentrec.agents.follow.tail import HISTORY_BYTES, Tail

        for path, size in files:
            left = owners.left_at(path)
            before = max(left, self._sizes_before.get(path, 0))
            if path in self._followed or size <= before or not owners.claim(path, self):
                continue
            tail = Tail(path, left or max(0, before - HISTORY_BYTES))
            self._followed[path] = (tail, self._parser(self.builder, path))
        for tail, parser in self._followed.values():
            for record, offset in tail.records():
                self.builder.feed_safely(parser.feed, record, offset)
            self.builder.misreads.broken(tail.take_broken())
        return self.builder.drain()

    def finish(self, owners: Owners) -> list[AgentEvent]:
        """The last one has ended."""
        for path, (tail, _) in self._followed.items():
            owners.leave(path, tail.size)
        if self._followed:
            self.builder.finished()
        self._followed = {}
        return self.builder.drain()
