"""aider: its chat history, and the tokens from the log of events it can keep for itself.

aider writes exact token counts only to its analytics log; a variable names a file of ours for it. That
sends nothing anywhere: the log is local, whatever the user has decided about analytics.
On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import (
    AgentCompanion,
    make_private_folder,
    option_value,
    remove_private_folder,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.aider.history import History
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.follow.tail import Tail

INFO_OPTIONS = frozenset({"-h", "--help", "--version", "--list-models", "--models", "--upgrade"})
ANALYTICS_LOG = "AIDER_ANALYTICS_LOG"
HISTORY_FILE = "AIDER_CHAT_HISTORY_FILE"
HISTORY_OPTION = "--chat-history-file"


def companion(argv: list[str]) -> AgentCompanion | None:
    return None if INFO_OPTIONS & set(argv[1:]) else Aider(argv)


class Aider(AgentCompanion):
    name = "aider"

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        self._folder = ""

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        from agentrec.capture.control import socket_dir

        super().prepare(argv, env, cwd)
        runtime = socket_dir.prepare(env)
        has_log = ANALYTICS_LOG in env or any(w.startswith("--analytics-log") for w in argv)
        if runtime and not has_log:
            self._folder = make_private_folder(runtime)
            env = env | {ANALYTICS_LOG: os.path.join(self._folder, "events")}
        return argv, env

    def open(self) -> None:
        from agentrec.agents.aider.history import History
        from agentrec.agents.follow.tail import Tail, size_before

        path = self._path()
        self._builder = self.new_builder()
        self._history: History = History(
            self._builder, path, self.cwd, start=size_before(path, self.began)
        )
        self._log: Tail | None = None
        if self._folder:
            self._log = Tail(os.path.join(self._folder, "events"))

    def _path(self) -> str:
        named = option_value(self.argv, (HISTORY_OPTION,)) or self.env.get(HISTORY_FILE)
        return os.path.join(self.cwd, named) if named else self._default_path()

    def _default_path(self) -> str:
        """Return the file in the root of the repository, or in the directory if that is not in one."""
        folder = self.cwd
        while folder and not os.path.exists(os.path.join(folder, ".git")):
            above = os.path.dirname(folder)
            folder = above if above != folder else ""
        return os.path.join(folder or self.cwd, ".aider.chat.history.md")

    def poll(self) -> list[AgentEvent]:
        events = self._history.read()
        for record, _ in self._log.records() if self._log else ():
            self._builder.feed_safely(self._history.analytics, record)
        return events + self._history.drain()

    def finish(self) -> list[AgentEvent]:
        return self._history.finish()

    def clean_up(self) -> None:
        if self._folder:
            remove_private_folder(self._folder)
