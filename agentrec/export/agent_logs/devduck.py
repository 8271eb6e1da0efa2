"""Sessions of DevDuck: a zip with events, snapshots and facts as JSON.

It may also hold ``session.pkl``. That is never opened, because opening a pickle runs the code in it.
"""

from __future__ import annotations

import json
import lzma
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, cast

from agentrec.errors import FormatError
from agentrec.export.conversion import (
    DEFAULT_SIZE,
    MAX_TIME_NS,
    ImportedRecording,
    Notes,
    Source,
    is_number,
)
from agentrec.json_values import JsonObject, amount, table, tables, text
from agentrec.recording.events import MOMENT, Event
from agentrec.times import format_rfc3339_exact

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MEMBER_BYTES = 64 << 20
# RuntimeError: encrypted, or compressed in a way that is not known.
_BROKEN = (
    zipfile.BadZipFile,
    ValueError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
)
_EVENTS, _SNAPSHOTS, _FACTS = "events.jsonl", "snapshots.json", "metadata.json"
_MAX_ENTRIES = 1000
_KIND = re.compile(r"[a-z][a-z_]{0,40}")
_CALLS, _RESULTS = ("call", "start", "before"), ("result", "end", "after")
_MAX_EPOCH_NS = 1 << 62


def read(source: Source) -> ImportedRecording:
    """Raises FormatError if it is not a zip, or has no events."""
    notes = Notes()
    try:
        with zipfile.ZipFile(source.stream) as archive:
            entries = archive.infolist()[:_MAX_ENTRIES]
            members = {
                name: _member(archive, name, notes) for name in (_EVENTS, _SNAPSHOTS, _FACTS)
            }
    except _BROKEN as error:
        raise FormatError(f"{source.name} is a broken zip file: {error}") from None
    if members[_EVENTS] is None:
        raise FormatError(
            f"{source.name} is a zip file without events.jsonl", "agentrec reads those of DevDuck"
        )
    pickles = [entry.filename for entry in entries if entry.filename.endswith((".pkl", ".pickle"))]
    if pickles:
        notes.add(f"{', '.join(pickles[:3])} was not opened: a pickle can run code")
    facts = table(_parsed(members[_FACTS] or b""))
    rows = sorted(_rows(members, notes), key=lambda row: row[0])
    began = rows[0][0] if rows else 0
    header: JsonObject = {"cols": DEFAULT_SIZE[0], "rows": DEFAULT_SIZE[1]}
    if name := text(facts.get("session_id")):
        header |= {"id": name, "title": name}
    if began and (created := format_rfc3339_exact(began)):
        header["created"] = created
    return ImportedRecording(header, _numbered(rows, began), notes)


def _member(archive: zipfile.ZipFile, name: str, notes: Notes) -> bytes | None:
    """A file of the zip; None if there is none, as much as is read of one that is too large."""
    try:
        member = archive.open(name)
    except KeyError:
        return None
    with member:
        data = member.read(MAX_MEMBER_BYTES + 1)
    if len(data) > MAX_MEMBER_BYTES:
        notes.add(f"{name} is too large: the rest of it was left out")
    return data[:MAX_MEMBER_BYTES]


def _numbered(rows: list[tuple[int, Event]], began: int) -> Iterator[Event]:
    for seq, (at, event) in enumerate(rows):
        yield event._replace(seq=seq, t=min(at - began, MAX_TIME_NS))


def _rows(members: dict[str, bytes | None], notes: Notes) -> Iterator[tuple[int, Event]]:
    """Events with their times, ns since 1970."""
    lines = (members[_EVENTS] or b"").split(b"\n")
    at = next((ns for line in lines if (ns := _ns(table(_parsed(line))))), 0)
    for line in lines:
        record = table(_parsed(line))
        event = _event(record) if record else None
        if event is None:
            if line.strip():
                notes.add("an event was left out: it is broken")
            continue
        at = _ns(record) or at
        yield at, event
    for snapshot in tables(_parsed(members[_SNAPSHOTS] or b"")):
        label = text(snapshot.get("description")) or "snapshot"
        told = {
            name: value for name, value in snapshot.items() if not isinstance(value, list | dict)
        }
        at = _ns(snapshot) or at
        yield at, Event(0, 0, *MOMENT, {"label": label, "source": "import", "origin": told})


def _event(record: JsonObject) -> Event | None:
    layer, kind = text(record.get("layer")), text(record.get("event_type")).lower()
    data, span = table(record.get("data")), text(record.get("trace_id")) or None
    if layer == "tool" and (made := _tool(kind, data)):
        return Event(0, 0, "tool", *made, span)
    if layer == "agent" and "role" in data:
        words = data.get("content", data.get("text"))
        words = words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
        return Event(0, 0, "agent", "message", {"role": text(data.get("role")), "text": words})
    if layer == "agent":
        return Event(0, 0, "agent", "lifecycle", {"state": kind, "text": json.dumps(data)}, span)
    if layer in ("sys", "tool") and _KIND.fullmatch(kind):
        return Event(0, 0, layer, kind, data, span)
    return None


def _tool(kind: str, data: JsonObject) -> tuple[str, JsonObject] | None:
    name = text(data.get("tool_name")) or text(data.get("name")) or text(data.get("tool"))
    if kind.endswith(_CALLS):
        return "call", {"name": name, "input": data.get("input", data.get("args", data))}
    if kind.endswith(_RESULTS):
        result: JsonObject = {"name": name, "output": data.get("result", data.get("output"))}
        result["duration_ms"] = amount(data.get("duration_ms"))
        result["error"] = data.get("error")
        return "result", {field: value for field, value in result.items() if value is not None}
    return None


def _ns(record: JsonObject) -> int:
    value = record.get("timestamp_ns")
    return round(cast("float", value)) if is_number(value, 1, _MAX_EPOCH_NS) else 0


def _parsed(raw: bytes) -> object:
    try:
        value: object = json.loads(raw, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value
