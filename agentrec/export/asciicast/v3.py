"""asciicast v3, both ways: a header line, then ``[seconds since the line before, code, data]`` lines.

https://docs.asciinema.org/manual/asciicast/v3/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from agentrec.export.asciicast import encode, parse
from agentrec.export.asciicast.v2 import read_first
from agentrec.export.conversion import ImportedRecording, Loss, Notes, Source, object_of, size_of
from agentrec.export.line_codec import dumps, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event


def read(source: Source) -> ImportedRecording:
    """Raises FormatError, now or while the events are taken, with the line's number."""
    notes = Notes()
    lines = numbered_lines(source.stream)
    fields = read_first(lines, notes, 3)
    term = object_of(fields, "term")
    header = parse.parse_header(fields, term.get("cols"), term.get("rows"), notes)
    kept = {name: term[name] for name in ("type", "version", "theme") if term.get(name)}
    if kept:
        header["term"] = kept
    return ImportedRecording(header, parse.parse_events(lines, notes, intervals=True), notes)


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Intervals with three decimals whose sum is within half a millisecond of the true time, always."""
    loss = Loss()
    cols, rows = size_of(header)
    term: JsonObject = {"cols": cols, "rows": rows}
    known = object_of(header, "term")
    kind = known.get("type") or object_of(header, "env").get("TERM")
    if isinstance(kind, str):
        term["type"] = kind
    if isinstance(known.get("version"), str):
        term["version"] = known["version"]
    if theme := encode.theme_of(header, loss):
        term["theme"] = theme
    first: JsonObject = {"version": 3, "term": term} | encode.common_header(header, loss)
    tags = header.get("tags")
    if isinstance(tags, list) and tags and all(isinstance(tag, str) for tag in tags):
        first["tags"] = tags
    out.write(dumps(first))
    written = 0
    for t, code, data in encode.encode_events(events, loss, exits=True):
        # Each absolute time is rounded, and the interval is the difference: errors cannot add up.
        now = (t + 500_000) // 1_000_000
        out.write(b'[%d.%03d,"%s",' % (*divmod(now - written, 1000), code.encode()))
        out.write(dumps(data)[:-1] + b"]\n")
        written = now
    return loss
