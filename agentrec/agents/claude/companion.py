"""Claude Code: its transcripts, and what hooks add to them. On the start path: light imports."""

from __future__ import annotations

import os

from agentrec.agents.claude import hooks
from agentrec.agents.follow.agent import (
    AgentCompanion,
    make_private_folder,
    remove_private_folder,
    sweep_private_folders,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.claude.session_files import SessionFiles
    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.follow.tail import Tail
    from agentrec.json_values import JsonObject

SUFFIX = ".jsonl"
# Hooks that have not reported anything by then are switched off.
HOOK_TIMEOUT_SECONDS = 1.0
# Of a project's folder, see project_folder.
FOLDER_NAME_LIMIT_CHARS = 200
# Without a record for that long, what was written so far is whole.
SETTLED_SECONDS = 0.5

# These manage Claude Code and start no session.
COMMANDS = frozenset({
    "agents", "auth", "auto-mode", "config", "doctor", "gateway", "help", "install", "mcp",
    "migrate-installer", "plugin", "plugins", "project", "remote-control", "setup-token",
    "ultrareview", "update", "upgrade",
})  # fmt: skip
INFO_OPTIONS = frozenset({"-h", "--help", "-v", "--version"})


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or INFO_OPTIONS & set(argv[1:]):
        return None
    return ClaudeCode(argv)


def project_folder(cwd: str) -> str:
    """How Claude Code names the folder for the transcripts of a directory.

    It counts in UTF-16, and adds a hash to a name that is too long.
    """
    data = cwd.encode("utf-16-le", "surrogatepass")
    units = [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]
    name = "".join(chr(unit) if unit < 128 and chr(unit).isalnum() else "-" for unit in units)
    if len(name) <= FOLDER_NAME_LIMIT_CHARS:
        return name
    number = 0
    for unit in units:
        number = (number * 31 + unit) & 0xFFFFFFFF
    # Without the sign of 32 bits.
    number = min(number, (1 << 32) - number)
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"{name[:FOLDER_NAME_LIMIT_CHARS]}-{digits}"


class ClaudeCode(AgentCompanion):
    """Follows every conversation that this process has, and its sub-agents."""

    name = "claude-code"
    home_variables = ("CLAUDE_CONFIG_DIR",)

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        self._folder = ""
        self._hook_file = ""
        self._hooks: Tail | None = None
        self._sessions: dict[str, SessionFiles] = {}

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        from agentrec.capture.control import socket_dir

        super().prepare(argv, env, cwd)
        runtime = socket_dir.prepare(env)
        if runtime:
            self._folder = make_private_folder(runtime)
            argv, self._hook_file = hooks.with_hooks(argv, self._folder, cwd)
        return argv, env

    def open(self) -> None:
        import time

        from agentrec.agents.follow.tail import Tail, names, size_before

        self._clock = time.monotonic
        self._builder = self.new_builder()
        home = self.home("CLAUDE_CONFIG_DIR", ".claude")
        self._project = os.path.join(home, "projects", project_folder(self.cwd))
        self._sizes_before = {
            name: size_before(os.path.join(self._project, name), self.began)
            for name in names(self._project)
        }
        self._opened_at = self._record_at = self._clock()
        if self._hook_file:
            self._hooks = Tail(self._hook_file)
            sweep_private_folders(os.path.dirname(self._folder))

    def poll(self) -> list[AgentEvent]:
        self._read_hooks()
        if not self._sessions:
            self._search()
        now = self._clock()
        for session in list(self._sessions.values()):
            if session.read():
                self._record_at = now
            elif now - self._record_at > SETTLED_SECONDS:
                session.transcript.settle()
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        # No hook can report after the end.
        self._opened_at -= HOOK_TIMEOUT_SECONDS
        events = self.poll()
        for session in self._sessions.values():
            session.transcript.finish()
        if self._sessions:
            self._builder.finished()
        return events + self._builder.drain()

    def clean_up(self) -> None:
        if self._folder:
            remove_private_folder(self._folder)

    # --- where the conversations are ----------------------------------------------------------

    def _follow(self, path: str) -> None:
        if path in self._sessions or not path.endswith(SUFFIX):
            return
        from agentrec.agents.claude.session_files import SessionFiles

        in_project = os.path.dirname(path) == self._project
        before = self._sizes_before.get(os.path.basename(path), 0) if in_project else 0
        self._sessions[path] = SessionFiles(
            self._builder, path, self.owners(), since=self.began, size_before=before
        )

    def _search(self) -> None:
        """Without hooks: the one transcript of our directory that grows."""
        if self._hooks and self._clock() - self._opened_at < HOOK_TIMEOUT_SECONDS:
            return
        from agentrec.agents.follow.tail import names, size_of

        grown = [
            path
            for name in names(self._project)
            if name.endswith(SUFFIX)
            for path in [os.path.join(self._project, name)]
            if size_of(path) > self._sizes_before.get(name, 0)
        ]
        if len(grown) == 1:
            self._follow(grown[0])

    # --- hooks --------------------------------------------------------------------------------

    def _read_hooks(self) -> None:
        for record, _ in self._hooks.records() if self._hooks else ():
            path = record.get("transcript_path")
            if isinstance(path, str):
                self._follow(path)
            self._builder.feed_safely(self._hook_event, record)

    def _hook_event(self, record: JsonObject) -> None:
        event, tool = record.get("hook_event_name"), record.get("tool_name")
        if event == "PermissionRequest":
            from agentrec.agents.follow.shortening import shortened

            tool_input = shortened(record.get("tool_input"))[0]
            self._builder.lifecycle("waiting_permission", tool=tool, input=tool_input)
        elif event == "Notification" and record.get("notification_type") != "permission_prompt":
            self._builder.lifecycle("waiting_user", text=record.get("message"))
        elif event in ("PostToolUse", "PostToolUseFailure"):
            duration, tool_id = record.get("duration_ms"), record.get("tool_use_id")
            if isinstance(duration, int | float) and isinstance(tool_id, str):
                self._builder.tool_duration(tool_id, duration)
