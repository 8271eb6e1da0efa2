"""Events as records and back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from agentrec.errors import FormatError
from agentrec.recording.events import (
    BYTE_KINDS,
    INPUT,
    OUTPUT,
    RESIZE,
    STDERR,
    STDIN,
    STDOUT,
    UNKNOWN,
    Event,
)
from agentrec.recording.format import batch
from agentrec.recording.format.header import dump_json, load_json

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record

_LINKS = ("span", "parent", "actor")
_WITHOUT_LINKS = 3  # values: track, kind, data
_BINARY = (*BYTE_KINDS, RESIZE)
_BYTES = {
    batch.OUTPUT: OUTPUT,
    batch.INPUT: INPUT,
    batch.STDIN: STDIN,
    batch.STDOUT: STDOUT,
    batch.STDERR: STDERR,
}
_NAMES = {kind: "/".join(name) for kind, name in _BYTES.items()}
_BYTE_RECORDS = {name: kind for kind, name in _BYTES.items()}
_SHOWN = {batch.STDOUT_SHOWN: "stdout", batch.STDERR_SHOWN: "stderr"}
_SHOWN_RECORDS = {stream: kind for kind, stream in _SHOWN.items()}


def to_event(seq: int, record: Record) -> Event:
    """A record as an event; an invalid one becomes an unknown event, never an error."""
    t, kind, payload = record
    if name := _BYTES.get(kind):
        return Event(seq, t, *name, payload)
    if stream := _SHOWN.get(kind):
        return Event(seq, t, *OUTPUT, batch.shown(payload), actor=stream)
    try:
        if kind == batch.RESIZE:
            cols, rows = batch.SIZE.unpack(payload)
            return Event(seq, t, *RESIZE, {"cols": cols, "rows": rows})
        if kind == batch.JSON:
            return _from_json(seq, t, payload)
    except (FormatError, batch.SIZE_ERROR):
        pass
    return Event(seq, t, UNKNOWN, str(kind), payload)


def to_record(event: Event) -> Record:
    """An event as the record that reads back as the same. Raises FormatError when no record can hold it."""
    t, data = event.t, event.data
    if event.name == RESIZE and isinstance(data, dict):
        return t, batch.RESIZE, _pack_size(data)
    if (kind := _BYTE_RECORDS.get(event.name)) is not None and isinstance(data, bytes):
        if event.actor in _SHOWN_RECORDS and batch.shown(batch.piped(data)) == data:
            return t, _SHOWN_RECORDS[event.actor], batch.piped(data)
        return t, kind, data
    if event.track == UNKNOWN and isinstance(data, bytes) and event.kind.isdecimal():
        return t, min(int(event.kind), 255), data
    if isinstance(data, bytes):
        raise FormatError(f"{event.track}/{event.kind} events hold a JSON object, not bytes")
    if event.name in _BINARY:
        raise FormatError(f"{event.track}/{event.kind} events cannot hold a JSON object")
    return t, batch.JSON, pack_json(event)


def pack_json(event: Event) -> bytes:
    """The payload of a JSON record."""
    body: JsonObject = {"track": event.track, "kind": event.kind, "data": event.data}
    for name in _LINKS:
        if getattr(event, name) is not None:
            body[name] = getattr(event, name)
    return dump_json(body)


def record_name(record: Record) -> str:
    """``"track/kind"`` of a record."""
    if name := _NAMES.get(record[1]):
        return name
    if record[1] == batch.JSON:
        with contextlib.suppress(FormatError):
            body = _body(record[2])
            return f"{body['track']}/{body['kind']}"
    event = to_event(0, record)
    return f"{event.track}/{event.kind}"


def _from_json(seq: int, t: int, payload: bytes) -> Event:
    body = _body(payload)
    if len(body) == _WITHOUT_LINKS:
        return Event(seq, t, body["track"], body["kind"], body["data"])
    span, parent, actor = (
        link if isinstance(link := body.get(name), str) else None for name in _LINKS
    )
    return Event(seq, t, body["track"], body["kind"], body["data"], span, parent, actor)


def _body(payload: bytes) -> dict[str, Any]:
    """A JSON record's object. Raises FormatError if that is not an event's."""
    body = load_json(payload)
    track, kind, data = body.get("track"), body.get("kind"), body.get("data")
    if not isinstance(track, str) or not isinstance(kind, str) or not isinstance(data, dict):
        raise FormatError("a JSON record needs track, kind and data")
    if (track, kind) in _BINARY:
        raise FormatError(f"{track}/{kind} has its own record kind")
    return body


def _pack_size(data: JsonObject) -> bytes:
    try:
        return batch.SIZE.pack(data["cols"], data["rows"])
    except (KeyError, batch.SIZE_ERROR):
        raise FormatError("a resize needs cols and rows between 0 and 65535") from None
