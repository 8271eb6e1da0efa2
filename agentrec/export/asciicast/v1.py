"""asciicast v1, read only: one JSON object with ``"stdout": [[delay, data], ...]``.

https://docs.asciinema.org/manual/asciicast/v1/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.errors import FormatError
from agentrec.export.asciicast import parse
from agentrec.export.conversion import MAX_TIME_NS, ImportedRecording, Source
from agentrec.export.line_codec import clean_utf8
from agentrec.recording.events import OUTPUT, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

# The format is one object, so it is read whole, as its own tools always did. It was written until 2017.
MAX_FILE_BYTES = 64 << 20


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when it is not an asciicast v1, or over 64 MiB."""
    raw = source.stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise FormatError(f"asciicast v1 files over {MAX_FILE_BYTES >> 20} MiB are not supported")
    try:
        fields = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not an asciicast v1: {error}") from None
    if not isinstance(fields, dict) or fields.get("version") != 1:
        raise FormatError("not an asciicast v1: not an object with version 1")
    frames = fields.get("stdout")
    if not isinstance(frames, list):
        raise FormatError("not an asciicast v1: it has no `stdout` list")
    header = parse.parse_header(fields, fields.get("width"), fields.get("height"))
    return ImportedRecording(header, _events(frames))


def _events(frames: list[object]) -> Iterator[Event]:
    t = 0
    for seq, frame in enumerate(frames):
        if not (isinstance(frame, list) and len(frame) == 2 and isinstance(frame[1], str)):
            raise FormatError(f"frame {seq + 1} is not [delay, data]")
        t += parse.parse_seconds(frame[0], seq + 1, "frame")
        if t >= MAX_TIME_NS:
            raise FormatError(f"frame {seq + 1}: the delays add up to more than a hundred years")
        yield Event(seq, t, *OUTPUT, clean_utf8(frame[1]))
