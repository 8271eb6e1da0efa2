"""A span that somebody has sent, or that a program has made."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import JsonObject, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Mapping

# Texts are read as JSON up to this length.
_MAX_PARSED_CHARS = 4 << 20
_MAX_DEPTH = 32
_INT64 = 1 << 63


class ReceivedEvent(NamedTuple):
    """Something that happened in a span, at ``t`` (ns since the epoch)."""

    name: str
    t: int
    attributes: JsonObject


class ReceivedSpan(NamedTuple):
    """Ids are hex; ``parent`` may be empty. Times in ns since the epoch.

    Attributes are JSON values; texts that hold a JSON object or array are that object or array.
    """

    trace: str
    id: str
    parent: str
    name: str
    start: int
    end: int
    attributes: JsonObject
    events: list[ReceivedEvent]
    failed: bool
    status: str  # what the status says
    resource: JsonObject

    def to_json(self) -> str:
        """As text, for :meth:`from_json`."""
        return json.dumps(self)

    @classmethod
    def from_json(cls, words: str) -> ReceivedSpan:
        span = cls._make(json.loads(words))
        return span._replace(events=[ReceivedEvent._make(one) for one in span.events])

    def to_searched(self) -> bytes:
        """For :func:`agentrec.redact.bulk_mask.suspects`: what :meth:`masked` would mask."""
        return json.dumps({"data": self._texts()}).encode()

    def masked(self) -> ReceivedSpan:
        """Without its secrets."""
        from agentrec.redact.json_redaction import redact_object

        data, _ = redact_object(self._texts())
        events = [
            ReceivedEvent(text(new["name"]), old.t, table(new["is"]))
            for old, new in zip(self.events, tables(data["events"]), strict=True)
        ]
        return self._replace(
            name=text(data["name"]),
            attributes=table(data["attributes"]),
            events=events,
            status=text(data["status"]),
            resource=table(data["resource"]),
        )

    def _texts(self) -> JsonObject:
        return {
            "name": self.name,
            "attributes": self.attributes,
            "events": [{"name": one.name, "is": one.attributes} for one in self.events],
            "status": self.status,
            "resource": self.resource,
        }


def plain_attributes(values: Mapping[str, object]) -> JsonObject:
    """Attributes as a program has them, as JSON values."""
    return {clean_text(name): plain_value(value) for name, value in values.items()}


def plain_value(value: object, depth: int = 0) -> object:
    """A value as JSON, and the value in a text that is an object or array of JSON."""
    if isinstance(value, str):
        return _in_text(value, depth)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {clean_text(str(name)): plain_value(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(one, depth + 1) for one in value]
    return clean_text(str(value))


def clean_text(value: str) -> str:
    """Without surrogates that stand alone: nothing can store them."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _in_text(value: str, depth: int) -> object:
    value = clean_text(value)
    if depth or value[:1] not in ("{", "[") or len(value) > _MAX_PARSED_CHARS:
        return value
    try:
        return plain_value(json.loads(value), 1)
    except (ValueError, RecursionError):
        return value
