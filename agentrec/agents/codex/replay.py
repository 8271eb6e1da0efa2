"""A fork's rollout begins with its parent's records, stamped by older versions with the time of the fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.agents.follow.timestamps import epoch_seconds, milliseconds_between

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# The copy is written in one go: a turn that begins after a longer pause is new.
PAUSE_MS = 100.0
# A turn's own start is in whole seconds.
START_SLACK_SECONDS = 1.0
TURN_EVENTS = ("task_started", "turn_started")


class Replay:
    """Knows which records are copies. ``began`` is when the file says the copy was written."""

    def __init__(self, began: str | None) -> None:
        self._began = self._last_at = began
        self._is_over = False

    def covers(self, kind: str, payload: JsonObject, at: str | None) -> bool:
        """Return whether a record is a copy: all are until a turn begins that the parent did not have."""
        if not self._is_over and self._begins_turn(kind, payload):
            self._is_over = self._is_new(payload, at)
        self._last_at = at or self._last_at
        return not self._is_over

    @staticmethod
    def _begins_turn(kind: str, payload: JsonObject) -> bool:
        return kind == "turn_context" or (
            kind == "event_msg" and payload.get("type") in TURN_EVENTS
        )

    def _is_new(self, payload: JsonObject, at: str | None) -> bool:
        started, forked = payload.get("started_at"), epoch_seconds(self._began)
        if isinstance(started, int | float) and forked is not None:
            return started >= int(forked) - START_SLACK_SECONDS
        return (milliseconds_between(self._last_at, at) or 0.0) > PAUSE_MS
