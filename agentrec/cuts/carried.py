"""What a stretch needs of what is before it: the agent's session, where its conversation was, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import table

if TYPE_CHECKING:
    from agentrec.recording.events import Event

_SESSION, _CONVERSATION = ("agent", "session"), ("agent", "conversation")
_SNAPSHOT, _RUN = ("fs", "snapshot"), ("step", "run")
_MAX_CARRIED = 1000


class Carried:
    """The newest of each kind that was left out, in order."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, ...], Event] = {}

    def add(self, event: Event) -> bool:
        """Note an event that is left out; False if no stretch needs one of its kind."""
        key = _key(event)
        if key is None:
            return False
        self._events.pop(key, None)
        self._events[key] = event
        if len(self._events) > _MAX_CARRIED:
            del self._events[next(iter(self._events))]
        return True

    def take(self) -> list[Event]:
        """What is needed now; it is needed only once."""
        events = sorted(self._events.values(), key=lambda event: event.seq)
        self._events.clear()
        return events


def _key(event: Event) -> tuple[str, ...] | None:
    data = table(event.data)
    if event.name in (_SESSION, _CONVERSATION):
        return (*event.name, event.actor or "", str(data.get("session_id", "")))
    if event.name == _RUN:
        return (*_RUN, event.span or "")
    return _SNAPSHOT if event.name == _SNAPSHOT else None
