"""The typed record of an event: what readers match on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.events.record import EventRecord
from agentrec.recording.events.registry import RECORDS
from agentrec.recording.events.tool import FAILURES

if TYPE_CHECKING:
    from agentrec.recording.events import Data, Event


class Raw:
    """An event that no record stands for: bytes, or a kind that is not known. ``data`` is the event's."""

    __slots__ = ("data",)
    __match_args__ = ("data",)

    def __init__(self, data: Data) -> None:
        self.data = data

    @property
    def failed(self) -> bool | None:
        """Whether its data says that something went wrong, in one of the usual ways."""
        data = self.data
        if not isinstance(data, dict):
            return None
        told = data.get("is_error") or data.get("error") or data.get("status") in FAILURES
        return True if told or data.get("ok") is False else None


def decode(event: Event) -> EventRecord | Raw:
    """The record of an event, or ``Raw`` where there is none. Never raises."""
    record = RECORDS.get((event.track, event.kind))
    data = event.data
    return record(data) if record and isinstance(data, dict) else Raw(data)


def is_failure(event: Event) -> bool:
    """Whether an event says that something went wrong: a command, a tool call, the agent, the recorder."""
    return decode(event).failed is True
