"""The native recording as one format among others."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from agentrec.errors import FormatError
from agentrec.export.conversion import MAX_SIZE, ImportedRecording, Loss, Notes, Source, is_size
from agentrec.recording.encryption.encrypted_input import is_encrypted, opened
from agentrec.recording.events import RESIZE
from agentrec.recording.format.batch import MAX_RECORD_BYTES
from agentrec.recording.format.header import BOOKKEEPING
from agentrec.recording.format.work_limit import Cost, WorkLimit
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

# What a converted recording does not have: it is encrypted to nobody.
_OF_THE_FILE = (*BOOKKEEPING, "recipients")
# Of writing another format, about; the text that was shown takes the longest.
_COST = Cost(event=10_000, output_byte=40)
_PIECE_BYTES, _MAX_SPOOLED_BYTES = 1 << 20, 4 << 30


def read(source: Source) -> ImportedRecording:
    """Damage becomes notes. Raises FormatError when the file is not a recording."""
    stream = source.stream
    if not stream.seekable():
        stream = _spooled(source.stream)
    if is_encrypted(stream):
        stream = opened(stream, source.name)
    recording = Recording(stream, source.name)
    recording.work = WorkLimit(recording.file_size, copies=True)
    header = {k: v for k, v in recording.header.items() if k not in _OF_THE_FILE}
    if not is_size(header.get("cols"), header.get("rows")):
        header["cols"], header["rows"] = recording.size
    notes = Notes()
    return ImportedRecording(header, _events(recording, notes), notes)


def _spooled(stream: BinaryIO) -> BinaryIO:
    """What a pipe or a compressed file holds. Raises FormatError."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the session's events
    while piece := stream.read(_PIECE_BYTES):
        spool.write(piece)
        if spool.tell() > _MAX_SPOOLED_BYTES:
            spool.close()
            raise FormatError("it unpacks to too much", "unpack it into a file first")
    return cast(BinaryIO, spool)


def _events(recording: Recording, notes: Notes) -> Iterator[Event]:
    with recording:
        yield from recording.events(cost=_COST)
    if recording.unread:
        notes.add(f"left out the last {recording.unread} bytes: what is before unpacks to too much")
    for damage in recording.damage:
        notes.add(f"damaged at byte {damage.offset}, {damage.length} bytes: {damage.reason}")
    if not recording.ended:
        notes.add("the recording is not complete: its end is missing")


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Everything is kept. When ``out`` is a named file it is replaced under its name."""
    loss = Loss()
    whole = _fitting(events, loss)
    name = getattr(out, "name", None)
    if isinstance(name, str) and os.path.isfile(name):
        save(name, header, whole, overwrite=True)
        return loss
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "recording.ahr")
        save(path, header, whole)
        with open(path, "rb") as done:
            shutil.copyfileobj(done, out)
    return loss


def _fitting(events: Iterable[Event], loss: Loss) -> Iterator[Event]:
    """Events a native file can hold: bytes over the limit of one record become several events."""
    shift = 0  # how many events were added so far
    for event in events:
        data = event.data
        if event.name == RESIZE and not _is_resize(data):
            loss.leave_out(event)
            shift -= 1
            continue
        if not isinstance(data, bytes) or len(data) <= MAX_RECORD_BYTES:
            yield event._replace(seq=event.seq + shift) if shift else event
            continue
        for at in range(0, len(data), MAX_RECORD_BYTES):
            yield event._replace(seq=event.seq + shift, data=data[at : at + MAX_RECORD_BYTES])
            shift += 1
        shift -= 1


def _is_resize(data: object) -> bool:
    # A terminal whose size was never set says 0.
    return isinstance(data, dict) and all(
        isinstance(n, int) and 0 <= n <= MAX_SIZE for n in (data.get("cols"), data.get("rows"))
    )
