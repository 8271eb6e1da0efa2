"""The point of a recording's conversation at which an agent can be resumed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agentrec.agents.follow.event_builder import USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentrec.recording.events import Event

TRACKS = ("agent", "tool")  # whose events are needed
# What a session tells about how the agent was started.
_STARTED = ("agent", "argv", "home", "started_in", "version")


def point_at(events: Iterable[Event], seq: int) -> dict[str, Any] | None:
    """The newest conversation at or before event ``seq``; None where no agent was talking yet.

    ``events`` are a recording's in order, at least those of TRACKS. For a snapshot, ``seq`` is its
    ``conversation``, for a moment or a time the event there. The point is the data of that
    agent/conversation event and: ``seq``; ``agent``, ``argv``, ``home``, ``version`` of its session and
    ``started_in``, the agent's directory (``cwd`` is where its shell stood); ``prompts``, the user's
    words so far; ``missed``, how many tool results came after it, up to ``seq``.
    """
    found = _Found()
    for event in events:
        if event.seq > seq:
            break
        found.feed(event)
    return found.point


_WORDS = (
    "agent",
    "cwd",
    "last",
    "result",
    "role",
    "session_id",
    "started_in",
    "transcript",
    "workspace",
)


def cleaned(point: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``point`` what is of the right type: a recording may be anybody's."""
    clean: dict[str, Any] = {name: word for name in _WORDS if (word := _word(point.get(name)))}
    for name in ("offset", "missed"):
        if type(number := point.get(name)) is int and number >= 0:
            clean[name] = number
    for name in ("argv", "prompts"):
        listed = point.get(name)
        words = listed if isinstance(listed, list) else []
        clean[name] = [word for word in words if _word(word)]
    home = point.get("home")
    pairs = home.items() if isinstance(home, dict) else ()
    clean["home"] = {str(name): path for name, path in pairs if _word(path)}
    return clean


def _word(value: Any) -> str:
    """A text that can be an argument of a program, or an empty one."""
    if not isinstance(value, str) or "\0" in value:
        return ""
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return ""
    return value


class _Found:
    def __init__(self) -> None:
        self.point: dict[str, Any] | None = None
        self._sessions: dict[str, dict[str, Any]] = {}
        self._prompts: list[str] = []

    def feed(self, event: Event) -> None:
        data = event.data
        if not isinstance(data, dict):
            return
        if event.name == ("agent", "session"):
            started = {name: data[name] for name in _STARTED if name in data}
            self._sessions[str(data.get("session_id"))] = started
        elif event.name == ("agent", "message"):
            if data.get("role") == "user" and event.actor in (None, USER):
                self._prompts.append(str(data.get("text", "")))
        elif event.name == ("agent", "conversation"):
            started = self._sessions.get(str(data.get("session_id")), {})
            more = {"seq": event.seq, "prompts": list(self._prompts), "missed": 0}
            self.point = {"agent": event.actor, **started, **data, **more}
        elif event.name == ("tool", "result") and self.point is not None:
            self.point["missed"] += event.actor == self.point["agent"]
