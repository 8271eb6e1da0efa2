"""Where recorded answers end and the real model takes over, and what it is told besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.call_events import without_cache_marks
from agentrec.json_values import JsonObject, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.gateway.dialects.api import Api


class HandoverPoint(NamedTuple):
    """At the request of the recorded call ``span``. ``after_answer``: its answer belongs to the history."""

    span: str
    after_answer: bool = False


class Handover:
    """Adds what the agent does not know to each of its requests that goes on from the point.

    ``history`` are the messages of the request at the point; ``more`` come after them: the recorded answer,
    if it belongs to the history, and the user's new message.
    """

    def __init__(self, api: Api, body: JsonObject, more: Sequence[JsonObject]) -> None:
        self._api, self._more = api, list(more)
        self._history = [_plain(message) for message in self._messages(body)]

    def changed(self, body: JsonObject) -> JsonObject | None:
        """Return a request with the messages in their place; None if it does not go on from the point."""
        messages = self._messages(body)
        count = len(self._history)
        if [_plain(message) for message in messages[:count]] != self._history:
            return None
        return body | {
            self._api.messages: [*messages[:count], *self._more, *messages[count:]],
        }

    def _messages(self, body: JsonObject) -> list[JsonObject]:
        value = body.get(self._api.messages)
        return [self._api.user_message(value)] if isinstance(value, str) else tables(value)


def _plain(message: JsonObject) -> JsonObject:
    """Marks for the provider's cache move with each request."""
    return without_cache_marks(message, 0, [])
