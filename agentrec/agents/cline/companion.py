"""Cline's CLI: a folder for each session, with a document of messages that is written anew at each step.

On the start path of `record`: light imports.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import AgentCompanion, option_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.cline.session import Session
    from agentrec.agents.follow.event_builder import AgentEvent

INFO_OPTIONS = frozenset({
    "-h", "--help", "-V", "--version", "--update", "--kanban", "--cline-hub-daemon",
})  # fmt: skip
COMMANDS = frozenset({
    "auth", "config", "connect", "dashboard", "doctor", "h", "history", "hook", "hub", "kanban", "mcp",
    "plugin", "schedule", "skill", "update", "version",
})  # fmt: skip


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return Cline(argv)


class Cline(AgentCompanion):
    """Follows the sessions of its processes: each has a file that names the process.

    At the end, sessions of our directory that nobody else has followed are read too: of runs that were
    too short to be seen.
    """

    name = "cline"
    home_variables = (
        "CLINE_DIR",
        "CLINE_DATA_DIR",
        "CLINE_SANDBOX_DATA_DIR",
        "CLINE_SESSION_DATA_DIR",
    )

    def open(self) -> None:
        self._builder = self.new_builder()
        self._folder = self.sessions_folder()
        self._followed: dict[str, Session] = {}

    def sessions_folder(self) -> str:
        """Return where the sessions are: a folder for each."""
        if self.env.get("CLINE_SESSION_DATA_DIR"):
            return self.home("CLINE_SESSION_DATA_DIR", "")
        return os.path.join(self.data_folder(), "sessions")

    def data_folder(self) -> str:
        """Return where Cline keeps everything."""
        return os.path.join(self.cwd, self._data_folder())

    def _data_folder(self) -> str:
        if data := option_value(self.argv, ("--data-dir",)):
            return data
        for name in ("CLINE_SANDBOX_DATA_DIR", "CLINE_DATA_DIR"):
            if self.env.get(name):
                return self.home(name, "")
        home = option_value(self.argv, ("--config",)) or self.home("CLINE_DIR", ".cline")
        return os.path.join(home, "data")

    def poll(self) -> list[AgentEvent]:
        from agentrec.agents.follow.open_files import process_tree

        changed = self._changed()
        processes = set(process_tree(self.pid)) if changed else set()
        for session_id in changed:
            if self._about(session_id).get("pid") in processes:
                self._follow(session_id)
        self._read()
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        from agentrec.agents.follow.open_files import started_at

        for session_id in self._changed() if not self._followed else ():
            about = self._about(session_id)
            pid = about.get("pid")
            is_ended = not isinstance(pid, int) or pid == self.pid or not started_at(pid)
            if is_ended and about.get("cwd") == self.cwd and self.owners().is_free(session_id):
                self._follow(session_id)
        self._read()
        if self._followed:
            self._builder.finished()
        return self._builder.drain()

    def _changed(self) -> list[str]:
        """Return the ids of sessions that have changed since we began and are not followed."""
        from agentrec.agents.cline.session import is_changed
        from agentrec.agents.follow.tail import names

        return [
            name
            for name in names(self._folder)
            if name not in self._followed and is_changed(self._folder, name, self.began)
        ]

    def _about(self, session_id: str) -> dict[str, object]:
        from agentrec.agents.cline.session import about

        return about(self._folder, session_id)

    def _follow(self, session_id: str) -> None:
        from agentrec.agents.cline.session import Session

        if self.owners().claim(session_id, self):
            session = Session(self._builder, self._folder, session_id, since=self.began)
            self._followed[session_id] = session

    def _read(self) -> None:
        for session in self._followed.values():
            session.read()
