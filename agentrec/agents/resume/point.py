"""The point of a recording's conversation at which an agent can be resumed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.json_values import table
from agentrec.recording.events.agent import USER, AgentConversation, AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.tool import ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

TRACKS = ("agent", "tool")  # whose events are needed
# Where `claude -w NAME` makes a worktree and works.
OWN_WORKTREES = ".claude/worktrees"
# What a session says about how the agent was started.
_START_FIELDS = ("agent", "argv", "home", "started_in", "version")


def point_at(events: Iterable[Event], seq: int) -> JsonObject | None:
    """Return the newest conversation at or before event ``seq``; None if there was none yet.

    ``events`` are a recording's in order, at least those of TRACKS. For a snapshot, ``seq`` is its
    ``conversation``, for a moment or a time the event there. The point is the data of that
    agent/conversation event and: ``seq``; ``agent``, ``argv``, ``home``, ``version`` of its session and
    ``started_in``, the agent's directory (``cwd`` is where its shell was); ``session_cwd``, the
    directory that the session itself names; ``prompts``, the user's
    prompts so far; ``missed``, how many tool results came after it, up to ``seq``.
    """
    finder = _PointFinder()
    for event in events:
        if event.seq > seq:
            break
        finder.feed(event)
    return finder.point()


class _PointFinder:
    def __init__(self) -> None:
        self._point: JsonObject | None = None
        self._missed = 0
        self._sessions: dict[str, JsonObject] = {}
        self._prompts: list[str] = []

    def point(self) -> JsonObject | None:
        return self._point and {**self._point, "missed": self._missed}

    def feed(self, event: Event) -> None:
        match decode(event):
            case AgentSession(session_id=session_id, data=data):
                started = {name: data[name] for name in _START_FIELDS if name in data}
                started |= {"session_cwd": data["cwd"]} if "cwd" in data else {}
                self._sessions[session_id] = started
            case AgentMessage(role="user", text=text) if event.actor in (None, USER):
                self._prompts.append(text)
            case AgentConversation(session_id=session_id, data=data):
                started = self._sessions.get(session_id, {})
                more = {"seq": event.seq, "prompts": list(self._prompts)}
                self._point = {"agent": event.actor, **started, **data, **more}
                self._missed = 0
            case ToolResult() if self._point is not None:
                self._missed += event.actor == self._point["agent"]


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A point of :func:`point_at`, decoded; a text that is not known is empty."""

    agent: str = ""
    session_id: str = ""
    transcript: str = ""
    offset: int | None = None
    last: str = ""
    role: str = ""
    cwd: str = ""
    started_in: str = ""
    session_cwd: str = ""
    workspace: str = ""
    result: str = ""
    missed: int = 0
    argv: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    home: dict[str, str] = field(default_factory=dict)
    sub_agents: dict[str, int] = field(default_factory=dict)  # bytes of each transcript

    @classmethod
    def decode(cls, data: Mapping[str, object]) -> ResumePoint:
        """Take only values of the right type: recordings are untrusted."""
        home, sub_agents = table(data.get("home")), table(data.get("sub_agents"))
        return cls(
            agent=_argument(data.get("agent")),
            session_id=_argument(data.get("session_id")),
            transcript=_argument(data.get("transcript")),
            last=_argument(data.get("last")),
            role=_argument(data.get("role")),
            cwd=_argument(data.get("cwd")),
            started_in=_argument(data.get("started_in")),
            session_cwd=_argument(data.get("session_cwd")),
            workspace=_argument(data.get("workspace")),
            result=_argument(data.get("result")),
            offset=_position(data.get("offset")),
            missed=_position(data.get("missed")) or 0,
            argv=_arguments(data.get("argv")),
            prompts=_arguments(data.get("prompts")),
            home={str(name): path for name, value in home.items() if (path := _argument(value))},
            sub_agents={
                path: size
                for name, value in sub_agents.items()
                if (path := _argument(name)) and (size := _position(value))
            },
        )

    @property
    def start_directory(self) -> str:
        """The agent's directory at the time; the shell of its tools may have been below it."""
        return self.own_worktree or self.started_in or self.cwd

    @property
    def own_worktree(self) -> str:
        """The directory that the agent made for itself below the one it was started in; empty if none."""
        below = os.path.join(self.started_in, OWN_WORKTREES, "")
        return self.session_cwd if self.started_in and self.session_cwd.startswith(below) else ""

    @property
    def shell_directory(self) -> str:
        """Where the shell of its tools was, relative to ``start_directory``; empty if there or outside."""
        below = self.start_directory + os.sep
        return self.cwd.removeprefix(below) if self.cwd.startswith(below) else ""

    def moved_to(self, new_cwd: str) -> tuple[str, str] | None:
        """Return the old directory and the one that replaces it; None if it is the same one.

        If the ``workspace`` is known, and both directories have the same path in it, these are the
        roots.
        """
        old, new = self.start_directory, os.path.realpath(new_cwd)
        if not old or old == new:
            return None
        root = self.workspace or old
        inside = os.path.relpath(old, root)
        if inside != os.curdir and new.endswith(os.sep + inside):
            return root, new.removesuffix(os.sep + inside)
        return old, new


def _argument(value: object) -> str:
    """Return a text that can be an argument of a program, or an empty one."""
    if not isinstance(value, str) or "\0" in value:
        return ""
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return ""
    return value


def _arguments(value: object) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item for item in items if _argument(item)]


def _position(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
