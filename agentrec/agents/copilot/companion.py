"""GitHub Copilot CLI: a folder for each session, with a file of events.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.copilot.session_events import SessionEvents
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.follow.tail import Tail

INFO_OPTIONS = frozenset({"-h", "--help", "-v", "--version"})
COMMANDS = frozenset({
    "app", "completion", "config", "help", "instruction", "login", "logout", "lsp", "mcp", "memories",
    "plugin", "sandbox", "sessions", "skill", "update", "version", "workflow",
})  # fmt: skip
EVENTS = "events.jsonl"


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Copilot(argv)


class Copilot(AgentCompanion):
    """Follows the sessions that its processes hold: each is locked by a file that names the process.

    At the end, sessions of our directory that nobody else has followed are read too: of runs that were
    too short to be seen holding theirs.
    """

    name = "copilot"
    home_variables = ("COPILOT_HOME",)

    def open(self) -> None:
        from agentrec.agents.follow.tail import size_before

        self._builder = self.new_builder()
        self._folder = os.path.join(self.home("COPILOT_HOME", ".copilot"), "session-state")
        self._sizes_before = {path: size_before(path, self.began) for path in self._paths()}
        self._followed: dict[str, tuple[Tail, SessionEvents]] = {}

    def poll(self) -> list[AgentEvent]:
        from agentrec.agents.copilot.locks import is_held_by
        from agentrec.agents.follow.open_files import process_tree
        from agentrec.agents.follow.tail import size_of

        grown = [
            path
            for path in self._paths()
            if path not in self._followed and size_of(path) > self._sizes_before.get(path, 0)
        ]
        processes = set(process_tree(self.pid)) if grown else set()
        for path in grown:
            if is_held_by(os.path.dirname(path), processes):
                self._follow(path)
        self._read()
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        from agentrec.agents.copilot.locks import is_free, started_in
        from agentrec.agents.follow.tail import size_of

        for path in self._paths() if not self._followed else ():
            is_grown = size_of(path) > self._sizes_before.get(path, 0)
            is_ours = is_grown and is_free(os.path.dirname(path)) and started_in(path, self.cwd)
            if is_ours and self.owners().is_free(path):
                self._follow(path)
        self._read()
        if self._followed:
            self._builder.finished()
        return self._builder.drain()

    def _follow(self, path: str) -> None:
        from agentrec.agents.copilot.session_events import SessionEvents
        from agentrec.agents.follow.tail import HISTORY_BYTES, Tail

        if self.owners().claim(path, self):
            tail = Tail(path, max(0, self._sizes_before.get(path, 0) - HISTORY_BYTES))
            parser = SessionEvents(self._builder, path, since=self.began, owners=self.owners())
            self._followed[path] = tail, parser

    def _read(self) -> None:
        for tail, parser in self._followed.values():
            for record, offset in tail.records():
                self._builder.feed_safely(parser.feed, record, offset)
            self._builder.misreads.broken(tail.take_broken())

    def _paths(self) -> list[str]:
        from agentrec.agents.follow.tail import names

        return [os.path.join(self._folder, name, EVENTS) for name in names(self._folder)]
