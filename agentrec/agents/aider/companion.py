"""aider: its chat history, and the tokens from the log of events it can keep for itself.

aider writes exact token counts only to its analytics log; a variable names a file of ours for it. That
sends nothing anywhere: the log is local, whatever the user has decided about analytics.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.aider.history import History
    from agentrec.agents.follow.event_builder import Told
    from agentrec.agents.follow.tail import Tail

QUESTIONS = frozenset({"-h", "--help", "--version", "--list-models", "--models", "--upgrade"})
LOG = "AIDER_ANALYTICS_LOG"
HISTORY = "AIDER_CHAT_HISTORY_FILE"
OPTION = "--chat-history-file"


def companion(argv: list[str]) -> AgentCompanion | None:
    return None if QUESTIONS & set(argv[1:]) else Aider(argv)


class Aider(AgentCompanion):
    name = "aider"

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        self._folder = ""

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        from agentrec.agents.claude.hooks import private_folder
        from agentrec.capture.control import socket_dir

        super().prepare(argv, env, cwd)
        place = socket_dir.prepare(env)
        if place and LOG not in env and not any(w.startswith("--analytics-log") for w in argv):
            self._folder = private_folder(place)
            env = env | {LOG: os.path.join(self._folder, "events")}
        return argv, env

    def open(self) -> None:
        from agentrec.agents.aider.history import History
        from agentrec.agents.follow.tail import Tail, size_before

        path = self._path()
        self._story = self.story()
        self._history: History = History(
            self._story, path, self.cwd, start=size_before(path, self.began)
        )
        self._log: Tail | None = None
        if self._folder:
            self._log = Tail(os.path.join(self._folder, "events"))

    def _path(self) -> str:
        for index, word in enumerate(self.argv):
            if word == OPTION and index + 1 < len(self.argv):
                return os.path.join(self.cwd, self.argv[index + 1])
            if word.startswith(OPTION + "="):
                return os.path.join(self.cwd, word.partition("=")[2])
        named = self.env.get(HISTORY)
        return os.path.join(self.cwd, named) if named else self._default()

    def _default(self) -> str:
        """In the root of the repository, or where we are outside of one."""
        folder = self.cwd
        while folder and not os.path.exists(os.path.join(folder, ".git")):
            above = os.path.dirname(folder)
            folder = above if above != folder else ""
        return os.path.join(folder or self.cwd, ".aider.chat.history.md")

    def look(self) -> list[Told]:
        told = self._history.read()
        for record, _ in self._log.records() if self._log else ():
            self._story.safely(self._history.event, record)
        return told + self._history.take()

    def finish(self) -> list[Told]:
        return self._history.finish()

    def clean(self) -> None:
        if self._folder:
            from agentrec.agents.claude.hooks import remove

            remove(self._folder)
