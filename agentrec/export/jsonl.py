"""The text twin: a recording as lines of JSON that can be read, compared and put back without loss.

First line ``{"format":"agentrec-jsonl","version":1,"header":{...}}``, then one event a line:
``{"seq":0,"t":125000,"track":"term","kind":"output","data":"$ "}``. ``t`` is in nanoseconds. Bytes are
a string in ``data`` when they are UTF-8 and Base64 in ``b64`` otherwise; any other event has its
object in ``data``. ``span``, ``parent`` and ``actor`` stand where an event has them.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import FormatError
from agentrec.export.conversion import MAX_TIME_NS, ImportedRecording, Loss, Notes, Source
from agentrec.export.line_codec import dumps, loads, numbered_lines, parse_lines
from agentrec.recording.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject

FORMAT = "agentrec-jsonl"
VERSION = 1
_OPTIONAL = ("span", "parent", "actor")


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Nothing is lost."""
    out.write(dumps({"format": FORMAT, "version": VERSION, "header": header}))
    out.writelines(dumps(fields(event)) for event in events)
    return Loss()


def fields(event: Event) -> JsonObject:
    """One event as its line's JSON object."""
    line: JsonObject = {
        "seq": event.seq,
        "t": event.t,
        "track": event.track,
        "kind": event.kind,
    }
    for name in _OPTIONAL:
        if (value := getattr(event, name)) is not None:
            line[name] = value
    data = event.data
    if isinstance(data, bytes):
        try:
            line["data"] = data.decode()
        except UnicodeDecodeError:
            line["b64"] = base64.b64encode(data).decode()
    else:
        line["data"] = data
    return line


def read(source: Source) -> ImportedRecording:
    """Raises FormatError, now or while the events are taken, with the line's number."""
    lines = numbered_lines(source.stream)
    number, line = next(lines, (1, b""))
    first = loads(line, number)
    if not isinstance(first, dict) or first.get("format") != FORMAT:
        raise FormatError("line 1 is not the first line of an agentrec JSONL file")
    if first.get("version") != VERSION:
        raise FormatError(
            f"unsupported JSONL version {first.get('version')!r}: this agentrec reads version {VERSION}",
            "a newer agentrec may read it",
        )
    header = first.get("header")
    if not isinstance(header, dict):
        raise FormatError("line 1 has no header object")
    notes = Notes()
    return ImportedRecording(header, _events(lines, notes), notes)


def _events(lines: Iterator[tuple[int, bytes]], notes: Notes) -> Iterator[Event]:
    seq, t = -1, 0
    for number, fields in parse_lines(lines, notes):
        event = _event(fields, number)
        if event.seq <= seq or event.t < t:
            raise FormatError(f"line {number}: seq or t is lower than before")
        seq, t = event.seq, event.t
        yield event


def _event(fields: object, number: int) -> Event:
    if not isinstance(fields, dict):
        raise FormatError(f"line {number} is not an object")
    seq, t = (_count(fields.get(name), name, number) for name in ("seq", "t"))
    track, kind = (_name(fields.get(name), name, number) for name in ("track", "kind"))
    optional = [fields.get(name) for name in _OPTIONAL]
    if not all(value is None or isinstance(value, str) for value in optional):
        raise FormatError(f"line {number}: span, parent and actor must be strings")
    return Event(seq, t, track, kind, _data(fields, number), *optional)


def _count(value: object, name: str, number: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_TIME_NS:
        return value
    raise FormatError(f"line {number}: {name} must be a whole number, 0 or more")


def _name(value: object, name: str, number: int) -> str:
    if isinstance(value, str) and value:
        return value
    raise FormatError(f"line {number}: {name} must be a non-empty string")


def _data(fields: JsonObject, number: int) -> bytes | JsonObject:
    if isinstance(text := fields.get("b64"), str):
        try:
            return base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            raise FormatError(f"line {number}: b64 is not Base64") from None
    data = fields.get("data")
    if isinstance(data, dict):
        return data
    if isinstance(data, str):
        try:
            return data.encode()
        except UnicodeEncodeError:
            raise FormatError(f"line {number}: a lone surrogate cannot be bytes") from None
    raise FormatError(f"line {number}: data is neither a string nor an object")
