"""asciicast v1, read only: one JSON object with ``"stdout": [[delay, data], ...]``.

https://docs.asciinema.org/manual/asciicast/v1/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import FormatError
from agentrec.export.asciicast import parse
from agentrec.export.conversion import MAX_TIME_NS, ImportedRecording, Notes, Source
from agentrec.export.line_codec import MAX_LINE_BYTES, TextJoiner, parse_json
from agentrec.recording.events import OUTPUT, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

# The format is one object, so it is read whole, as its own tools always did. It was written until 2017.
MAX_FILE_BYTES = 64 << 20


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when it is not an asciicast v1, or too large."""
    raw = source.stream.read(MAX_FILE_BYTES + 1)
    # Characters beyond ASCII may take four times as much memory.
    limit = MAX_FILE_BYTES if raw.isascii() else MAX_LINE_BYTES
    if len(raw) > limit:
        raise FormatError(f"asciicast v1 files over {limit >> 20} MiB are not supported")
    notes = Notes()
    fields = parse_json(raw, "the file", notes)
    if not isinstance(fields, dict) or fields.get("version") != 1:
        raise FormatError("not an asciicast v1: not an object with version 1")
    frames = fields.get("stdout")
    if not isinstance(frames, list):
        raise FormatError("not an asciicast v1: it has no `stdout` list")
    header = parse.parse_header(fields, fields.get("width"), fields.get("height"), notes)
    return ImportedRecording(header, _events(frames, notes), notes)


def _events(frames: list[object], notes: Notes) -> Iterator[Event]:
    """A frame that is none is left out, which is noted."""
    text = TextJoiner(notes)
    seq = t = 0
    for number, frame in enumerate(frames, 1):
        try:
            delay, data = _checked(frame, number)
        except FormatError as error:
            notes.add(f"{error}: left out")
            continue
        t += delay
        if t >= MAX_TIME_NS:
            raise FormatError(f"frame {number}: the delays add up to more than a hundred years")
        yield Event(seq, t, *OUTPUT, text.feed(data))
        seq += 1
    if rest := text.finish():
        yield Event(seq, t, *OUTPUT, rest)


def _checked(frame: object, number: int) -> tuple[int, str]:
    """Delay (ns) and text of a frame. Raises FormatError."""
    if not (isinstance(frame, list) and len(frame) == 2 and isinstance(frame[1], str)):
        raise FormatError(f"frame {number} is not [delay, data]")
    return parse.parse_seconds(frame[0], number, "frame"), frame[1]
