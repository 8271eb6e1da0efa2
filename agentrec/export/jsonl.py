"""The text twin: a recording as lines of JSON that can be read, compared and put back without loss.

First line ``{"format":"agentrec-jsonl","version":1,"header":{...}}``, then one event a line:
``{"seq":0,"t":125000,"track":"term","kind":"output","data":"$ "}``. ``t`` is in nanoseconds. Bytes are
a string in ``data`` when they are UTF-8 and not too long, and Base64 in ``b64`` otherwise; any other event
has its object in ``data``. ``span``, ``parent`` and ``actor`` stand where an event has them.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from agentrec.errors import FormatError
from agentrec.export.conversion import MAX_TIME_NS, ImportedRecording, Loss, Notes, Source
from agentrec.export.line_codec import (
    MAX_ESCAPED_BYTES,
    TextJoiner,
    dumps,
    loads,
    numbered_lines,
    parse_lines,
)
from agentrec.recording.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agentrec.json_values import JsonObject

    # track, kind, span, parent, actor: halves of a character are only joined within one stream
    _Name = tuple[Any, ...]
    _Texts = dict[_Name, TextJoiner]

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
    return line | (_encoded(data) if isinstance(data, bytes) else {"data": data})


def _encoded(data: bytes) -> JsonObject:
    if len(data) <= MAX_ESCAPED_BYTES:
        with suppress(UnicodeDecodeError):
            return {"data": data.decode()}
    return {"b64": base64.b64encode(data).decode()}


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
    texts: _Texts = {}
    for number, fields in parse_lines(lines, notes):
        event = _event(fields, number, lambda name: texts.setdefault(name, TextJoiner(notes)))
        if event.seq <= seq or event.t < t:
            raise FormatError(f"line {number}: seq or t is lower than before")
        seq, t = event.seq, event.t
        yield event
    for (track, kind, *optional), text in texts.items():
        if rest := text.finish():
            seq += 1
            yield Event(seq, t, track, kind, rest, *optional)


def _event(fields: object, number: int, text_of: Callable[[_Name], TextJoiner]) -> Event:
    if not isinstance(fields, dict):
        raise FormatError(f"line {number} is not an object")
    seq, t = (_count(fields.get(name), name, number) for name in ("seq", "t"))
    track, kind = (_name(fields.get(name), name, number) for name in ("track", "kind"))
    optional = [fields.get(name) for name in _OPTIONAL]
    if not all(value is None or isinstance(value, str) for value in optional):
        raise FormatError(f"line {number}: span, parent and actor must be strings")
    data = _data(fields, number)
    if isinstance(data, str):
        data = text_of((track, kind, *optional)).feed(data)
    return Event(seq, t, track, kind, data, *optional)


def _count(value: object, name: str, number: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_TIME_NS:
        return value
    raise FormatError(f"line {number}: {name} must be a whole number, 0 or more")


def _name(value: object, name: str, number: int) -> str:
    if isinstance(value, str) and value:
        return value
    raise FormatError(f"line {number}: {name} must be a non-empty string")


def _data(fields: JsonObject, number: int) -> bytes | str | JsonObject:
    if isinstance(text := fields.get("b64"), str):
        try:
            return base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            raise FormatError(f"line {number}: b64 is not Base64") from None
    data = fields.get("data")
    if isinstance(data, dict | str):
        return data
    raise FormatError(f"line {number}: data is neither a string nor an object")
