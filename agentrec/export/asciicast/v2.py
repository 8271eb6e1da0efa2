"""asciicast v2, both ways: a header line, then ``[absolute seconds, code, data]`` lines.

https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import FormatError
from agentrec.export.asciicast import encode, parse
from agentrec.export.conversion import ImportedRecording, Loss, Notes, Source, size_of
from agentrec.export.line_codec import dumps, loads, numbered_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event


def read(source: Source) -> ImportedRecording:
    """Raises FormatError, now or while the events are taken, with the line's number."""
    notes = Notes()
    lines = numbered_lines(source.stream)
    fields = read_first(lines, notes, 2)
    header = parse.parse_header(fields, fields.get("width"), fields.get("height"), notes)
    if isinstance(fields.get("theme"), dict):
        header["term"] = {"theme": fields["theme"]}
    return ImportedRecording(header, parse.parse_events(lines, notes, intervals=False), notes)


def read_first(lines: Iterator[tuple[int, bytes]], notes: Notes, version: int) -> JsonObject:
    """The header object of the first line. Raises FormatError for another version or format."""
    number, line = next(lines, (1, b""))
    fields = loads(line, number, notes)
    if not isinstance(fields, dict) or fields.get("version") != version:
        raise FormatError(f"line 1 is not the header of an asciicast v{version}")
    return fields


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Times with six decimals, cut (never rounded past the next event). No exit status in v2."""
    loss = Loss()
    cols, rows = size_of(header)
    first: JsonObject = {"version": 2, "width": cols, "height": rows}
    first |= encode.common_header(header, loss)
    if theme := encode.theme_of(header, loss):
        first["theme"] = theme
    out.write(dumps(first))
    for t, code, data in encode.encode_events(events, loss, exits=False):
        us = t // 1000
        out.write(b'[%d.%06d,"%s",' % (*divmod(us, 1_000_000), code.encode()))
        out.write(dumps(data)[:-1] + b"]\n")
    return loss
