"""ttyrec, read only: frames of ``u32 seconds, u32 microseconds, u32 length`` (little-endian) and bytes."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, BinaryIO

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.conversion import DEFAULT_SIZE, ImportedRecording, Notes, Source, is_size
from agentrec.recording.events import OUTPUT, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

FRAME = struct.Struct("<III")
MAX_FRAME_BYTES = 16 << 20
# The format has no field for the size. Newer recorders set it in the first frame: CSI 8 ; rows ; cols t.
_SET_SIZE = re.compile(rb"\x1b\[8;(\d{1,5});(\d{1,5})t")


def read(source: Source) -> ImportedRecording:
    """Raises FormatError, now or while the events are taken, with the byte's offset."""
    notes = Notes()
    frames = _frames(source.stream, notes)
    first = next(frames, None)
    if first is None:
        raise FormatError("not a ttyrec file: no whole frame")
    start, data = first
    cols, rows = DEFAULT_SIZE
    match = _SET_SIZE.search(data[:256])
    if match and is_size(int(match[2]), int(match[1])):
        cols, rows = int(match[2]), int(match[1])
    else:
        notes.add("ttyrec files have no terminal size: assuming 80x24")
    header: JsonObject = {"cols": cols, "rows": rows, "created": times.format_rfc3339_exact(start)}
    return ImportedRecording(header, _events(start, data, frames, notes), notes)


def _events(
    start: int, data: bytes, frames: Iterator[tuple[int, bytes]], notes: Notes
) -> Iterator[Event]:
    t = 0
    before = start
    yield Event(0, 0, *OUTPUT, data)
    for seq, (at, more) in enumerate(frames, 1):
        if at < before:
            notes.add("the clock was set back while recording; that interval counts as 0")
        t += max(at - before, 0)
        before = at
        yield Event(seq, t, *OUTPUT, more)


def _frames(stream: BinaryIO, notes: Notes) -> Iterator[tuple[int, bytes]]:
    """``(ns since 1970, bytes)`` of each whole frame."""
    offset = 0
    while head := stream.read(FRAME.size):
        if len(head) == FRAME.size:
            sec, usec, length = FRAME.unpack(head)
            if usec >= 1_000_000 or length > MAX_FRAME_BYTES:
                raise FormatError(f"not a ttyrec frame at byte {offset}")
            data = stream.read(length)
            if len(data) == length:
                yield sec * times.NS_PER_SECOND + usec * 1000, data
                offset += FRAME.size + length
                continue
        notes.add(f"torn at byte {offset}: the last frame is cut off and was left out")
        return
