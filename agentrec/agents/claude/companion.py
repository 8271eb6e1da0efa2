"""Claude Code: its transcripts, and what hooks add to them. On the start path: light imports."""

from __future__ import annotations

import os

from agentrec.agents.claude import hooks as claude_hooks
from agentrec.agents.follow.agent import AgentCompanion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.agents.claude.transcript import Transcript
    from agentrec.agents.follow.event_builder import Told
    from agentrec.agents.follow.tail import Tail

SUFFIX = ".jsonl"
PATIENCE = 1.0  # seconds: hooks that have not spoken by then are switched off
META_LOOKS = 4  # how often a sub-agent's description is waited for
LONGEST = 200  # characters of a project's folder, see project_folder
SETTLED = 0.5  # seconds without a record: what was written so far is whole

# These talk about Claude Code and start no conversation.
COMMANDS = frozenset(
    (
        *("agents", "auth", "auto-mode", "config", "doctor", "gateway", "help", "install", "mcp"),
        *("migrate-installer", "plugin", "plugins", "project", "remote-control", "setup-token"),
        *("ultrareview", "update", "upgrade"),
    )
)
QUESTIONS = frozenset({"-h", "--help", "-v", "--version"})


def companion(argv: list[str]) -> AgentCompanion | None:
    if (argv[1:2] and argv[1] in COMMANDS) or QUESTIONS & set(argv[1:]):
        return None
    return ClaudeCode(argv)


def project_folder(cwd: str) -> str:
    """What Claude Code calls the folder for the transcripts of a directory.

    It counts in UTF-16, and puts a hash behind a name that is too long.
    """
    data = cwd.encode("utf-16-le", "surrogatepass")
    units = [data[at] | data[at + 1] << 8 for at in range(0, len(data), 2)]
    name = "".join(chr(unit) if unit < 128 and chr(unit).isalnum() else "-" for unit in units)
    if len(name) <= LONGEST:
        return name
    number = 0
    for unit in units:
        number = (number * 31 + unit) & 0xFFFFFFFF
    number = min(number, (1 << 32) - number)  # without the sign of 32 bits
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"{name[:LONGEST]}-{digits}"


class ClaudeCode(AgentCompanion):
    """Follows every conversation that this process has, and its sub-agents."""

    name = "claude-code"
    homes = ("CLAUDE_CONFIG_DIR",)

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        self._folder = ""
        self._hook_file = ""
        self._hooks: Tail | None = None
        self._sessions: dict[str, _Session] = {}

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        from agentrec.capture.control import socket_dir

        super().prepare(argv, env, cwd)
        place = socket_dir.prepare(env)
        if place:
            self._folder = claude_hooks.private_folder(place)
            argv, self._hook_file = claude_hooks.with_hooks(argv, self._folder, cwd)
        return argv, env

    def open(self) -> None:
        import time

        from agentrec.agents.follow.tail import Tail, names, size_before

        self._clock = time.monotonic
        self._story = self.story()
        home = self.home("CLAUDE_CONFIG_DIR", ".claude")
        self._project = os.path.join(home, "projects", project_folder(self.cwd))
        self._before = {
            name: size_before(os.path.join(self._project, name), self.began)
            for name in names(self._project)
        }
        self._opened = self._record_at = self._clock()
        if self._hook_file:
            self._hooks = Tail(self._hook_file)
            claude_hooks.sweep(os.path.dirname(self._folder))

    def look(self) -> list[Told]:
        self._read_hooks()
        if not self._sessions:
            self._search()
        now = self._clock()
        for session in list(self._sessions.values()):
            if session.read():
                self._record_at = now
            elif now - self._record_at > SETTLED:
                session.transcript.settle()
        return self._story.take()

    def finish(self) -> list[Told]:
        self._opened -= PATIENCE  # hooks will not speak any more
        told = self.look()
        for session in self._sessions.values():
            session.transcript.settle()
        if self._sessions:
            self._story.finished()
        return told + self._story.take()

    def clean(self) -> None:
        if self._folder:
            claude_hooks.remove(self._folder)

    # --- where the conversations are ----------------------------------------------------------

    def _follow(self, path: str) -> None:
        if path in self._sessions or not path.endswith(SUFFIX):
            return
        existed = self._before.get(os.path.basename(path), 0)
        same = os.path.dirname(path) == self._project
        self._sessions[path] = _Session(
            self._story, path, since=self.began, existed=existed if same else 0
        )

    def _search(self) -> None:
        """Without hooks: the one transcript of our directory that grows."""
        if self._hooks and self._clock() - self._opened < PATIENCE:
            return
        from agentrec.agents.follow.tail import names, size_of

        grown = [
            path
            for name in names(self._project)
            if name.endswith(SUFFIX)
            for path in [os.path.join(self._project, name)]
            if size_of(path) > self._before.get(name, 0)
        ]
        if len(grown) == 1:
            self._follow(grown[0])

    # --- hooks --------------------------------------------------------------------------------

    def _read_hooks(self) -> None:
        for record, _ in self._hooks.records() if self._hooks else ():
            path = record.get("transcript_path")
            if isinstance(path, str):
                self._follow(path)
            self._story.safely(self._heard, record)

    def _heard(self, record: dict[str, Any]) -> None:
        event, tool = record.get("hook_event_name"), record.get("tool_name")
        if event == "PermissionRequest":
            from agentrec.agents.follow.event_builder import shortened

            asked = shortened(record.get("tool_input"))[0]
            self._story.state("waiting_permission", tool=tool, input=asked)
        elif event == "Notification" and record.get("notification_type") != "permission_prompt":
            self._story.state("waiting_user", text=record.get("message"))
        elif event in ("PostToolUse", "PostToolUseFailure"):
            took, tool_id = record.get("duration_ms"), record.get("tool_use_id")
            if isinstance(took, int | float) and isinstance(tool_id, str):
                self._story.timed(tool_id, took)


class _Session:
    """The files of one conversation: the main transcript and those of its sub-agents."""

    def __init__(self, story: Any, path: str, *, since: float, existed: int) -> None:
        from agentrec.agents.claude.transcript import Transcript
        from agentrec.agents.follow.tail import HISTORY, Tail

        self._story, self._path = story, path
        session_id = os.path.basename(path).removesuffix(SUFFIX)
        self.transcript: Transcript = Transcript(story, session_id, path, since=since)
        self._main = Tail(path, max(0, existed - HISTORY))
        self._others: dict[str, Tail] = {}
        self._waited: dict[str, int] = {}
        self._sub_agents = os.path.join(path.removesuffix(SUFFIX), "subagents")

    def read(self) -> bool:
        """Feed what is new, of all files in the order of its times; whether there was anything."""
        found = _timed(self._main)
        self._find_sub_agents()
        for tail in self._others.values():
            found += _timed(tail)
        for _, record, offset in sorted(found, key=lambda entry: entry[0]):
            self._story.safely(self.transcript.feed, record, offset)
        return bool(found)

    def _find_sub_agents(self) -> None:
        from agentrec.agents.follow.tail import Tail, names

        for name in names(self._sub_agents):
            if not name.endswith(SUFFIX) or name in self._others:
                continue
            path = os.path.join(self._sub_agents, name)
            waited = self._waited.get(name, 0)
            if self._introduce(path) or waited >= META_LOOKS:
                self._others[name] = Tail(path)
            self._waited[name] = waited + 1

    def _introduce(self, path: str) -> bool:
        """Learn who a sub-agent is from the small file beside its transcript, once that is written."""
        import json

        try:
            with open(path.removesuffix(SUFFIX) + ".meta.json", encoding="utf-8") as file:
                meta = json.load(file)
        except (OSError, ValueError):
            return False
        if isinstance(meta, dict):
            agent_id = os.path.basename(path).removesuffix(SUFFIX).removeprefix("agent-")
            kind, parent = meta.get("agentType"), meta.get("toolUseId")
            self.transcript.sub_agent(
                agent_id, str(kind or "agent"), parent if isinstance(parent, str) else None
            )
        return True


def _timed(tail: Tail) -> list[tuple[str, dict[str, Any], int]]:
    """New records with times that never run backwards within their file: ISO strings, all in UTC."""
    latest = ""
    found = []
    for record, offset in tail.records():
        at = record.get("timestamp")
        latest = max(latest, at if isinstance(at, str) else "")
        found.append((latest, record, offset))
    return found
