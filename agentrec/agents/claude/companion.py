"""Claude Code: its transcripts, and what hooks add to them. On the start path: light imports."""

from __future__ import annotations

import os

from agentrec.agents import GUARD_HOOK, MODEL_CALLS
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
# How often it is asked which conversations the processes have.
SEARCH_INTERVAL_SECONDS = 0.2
# By then Claude Code has told which conversation it has; older versions never do.
SESSION_FILE_TIMEOUT_SECONDS = 3.0
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
            if flags := hooks.hint_flags(argv):
                env = {hooks.HINT_VARIABLE: flags, **env}
            guard = env.get(GUARD_HOOK, "")
            argv, self._hook_file = hooks.with_hooks(argv, self._folder, cwd, guard)
        return argv, env

    def open(self) -> None:
        import time

        from agentrec.agents.follow.tail import Tail, names, size_before

        self._clock = time.monotonic
        self._builder = self.new_builder()
        self._home = self.home("CLAUDE_CONFIG_DIR", ".claude")
        self._project = self._project_of(self.cwd)
        self._sizes_before = {
            name: size_before(os.path.join(self._project, name), self.began)
            for name in names(self._project)
        }
        self._opened_at = self._record_at = self._clock()
        self._searched_at = 0.0
        if self._hook_file:
            self._hooks = Tail(self._hook_file)
            sweep_private_folders(os.path.dirname(self._folder))

    def poll(self) -> list[AgentEvent]:
        self._read_hooks()
        now = self._clock()
        if now - self._searched_at >= SEARCH_INTERVAL_SECONDS:
            self._searched_at = now
            self._search()
        for session in list(self._sessions.values()):
            if session.read():
                self._record_at = now
                continue
            session.transcript.pause()
            if now - self._record_at > SETTLED_SECONDS:
                session.transcript.settle()
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        # No hook can report after the end.
        self._opened_at -= SESSION_FILE_TIMEOUT_SECONDS
        self._searched_at = 0.0
        events = self.poll()
        if not self._sessions:
            self._search_grown(at_end=True)
            events += self.poll()
        for session in self._sessions.values():
            session.transcript.finish(with_side_requests=MODEL_CALLS not in self.env)
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
        self.owners().claim(path, self)
        from agentrec.agents.claude.session_files import SessionFiles

        in_project = os.path.dirname(path) == self._project
        before = self._sizes_before.get(os.path.basename(path), 0) if in_project else 0
        self._sessions[path] = SessionFiles(
            self._builder, path, self.owners(), since=self.began, size_before=before
        )

    def _project_of(self, cwd: str) -> str:
        return os.path.join(self._home, "projects", project_folder(cwd))

    def _search(self) -> None:
        """Follow what our processes say they write; if they say nothing, what grows in our directory."""
        from agentrec.agents.claude.running import sessions_of

        for session_id, cwd in sessions_of(self._home, self.pid):
            self._follow(os.path.join(self._project_of(cwd), session_id + SUFFIX))
        if not self._sessions and self._clock() - self._opened_at >= self._patience():
            self._search_grown()

    def _patience(self) -> float:
        has_session_files = os.path.isdir(os.path.join(self._home, "sessions"))
        if has_session_files:
            return SESSION_FILE_TIMEOUT_SECONDS
        return HOOK_TIMEOUT_SECONDS if self._hooks else 0.0

    def _search_grown(self, *, at_end: bool = False) -> None:
        """Follow the one transcript of our directory that grows and is nobody else's.

        Of several nobody knows which is whose. At the end, those that are new are read all the same: they are
        of agents that ran beside this one, and whoever reads them first reports them.
        """
        from agentrec.agents.claude.running import live_sessions
        from agentrec.agents.follow.tail import names, size_of

        others = live_sessions(self._home, self.pid)
        grown = [
            path
            for name in names(self._project)
            if name.endswith(SUFFIX) and name.removesuffix(SUFFIX) not in others
            for path in [os.path.join(self._project, name)]
            if size_of(path) > self._sizes_before.get(name, 0) and self.owners().is_free(path)
        ]
        new = [path for path in grown if not self._sizes_before.get(os.path.basename(path))]
        for path in grown if len(grown) == 1 else new if at_end else ():
            self._follow(path)

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
