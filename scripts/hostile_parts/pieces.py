"""Frames, chunks and events to make recordings of: right checksums, any contents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import brotli

from agentrec.recording.format import batch, frames
from agentrec.recording.format.header import dump_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record

FILE_ID = b"A" * 8
HEADER: JsonObject = {"id": "hostile", "cols": 80, "rows": 24, "command": ["claude", "-p", "x"]}
MS = 1_000_000
CHUNK_RECORDS = 8192
SEGMENT_CHUNKS = 8


def start(header: JsonObject | None = None) -> bytes:
    """Signature and header."""
    body = {
        "version": frames.VERSION,
        "file": FILE_ID.hex(),
        **(HEADER if header is None else header),
    }
    return frames.MAGIC + frames.pack(frames.HEADER, dump_json(body))


def segment(number: int = 0, seq: int = 0, t: int = 0) -> bytes:
    body = (frames.SEGMENT_MARK, FILE_ID, number, seq, t, 80, 24, bytes(32))
    return frames.pack(frames.SEGMENT, frames.SEGMENT_BODY.pack(*body))


def stored(records: Sequence[Record], seq: int = 0) -> bytes:
    """A chunk without compression."""
    raw = batch.encode(records, seq, records[0][0])
    return frames.pack(frames.CHUNK, len(raw).to_bytes(4, "little") + raw)


def claim(length: int, kind: int = frames.CHUNK) -> bytes:
    """The head of a frame with a wrong checksum, which claims ``length`` bytes."""
    return frames.FRAME.pack(frames.SYNC, kind, 0, length, 0)


class Packed:
    """The compressed chunks of one segment."""

    def __init__(self) -> None:
        self._stream = brotli.Compressor(quality=5, lgwin=22)
        self._seq = 0

    def chunk(self, records: Sequence[Record]) -> bytes:
        raw = batch.encode(records, self._seq, records[0][0])
        self._seq += len(records)
        packed = self._stream.process(raw) + self._stream.flush()
        payload = len(raw).to_bytes(4, "little") + packed
        return frames.pack(frames.CHUNK, payload, frames.COMPRESSED)


def packed_segment(records: Sequence[Record]) -> bytes:
    """The chunks of a segment; ``records`` have times relative to it."""
    stream = Packed()
    size = min(CHUNK_RECORDS, max(1, (30 << 20) // max(len(record[2]) + 16 for record in records)))
    parts = [records[at : at + size] for at in range(0, len(records), size)]
    return b"".join(map(stream.chunk, parts))


def repeated(records: Sequence[Record], size: int) -> Iterator[bytes]:
    """The same records in one segment after the other, up to about ``size`` bytes of file."""
    chunks = packed_segment(records)
    step = max(record[0] for record in records) + MS
    number = 0
    while size > 0:
        part = segment(number, number * len(records), number * step) + chunks
        yield part
        size -= len(part)
        number += 1


def events(payloads: Iterable[tuple[str, JsonObject]]) -> Iterator[bytes]:
    """JSON events, named ``track/kind``, one a millisecond, in segments of a good size."""
    records: list[Record] = []
    number = seq = 0
    for count, (name, data) in enumerate(payloads):
        records.append((count * MS, batch.JSON, json_record(name, data)))
        if len(records) == CHUNK_RECORDS:
            yield _segment_of(records, number, seq)
            number, seq, records = number + 1, seq + len(records), []
    if records:
        yield _segment_of(records, number, seq)


def _segment_of(records: Sequence[Record], number: int, seq: int) -> bytes:
    base = records[0][0]
    moved = [(t - base, kind, payload) for t, kind, payload in records]
    return segment(number, seq, base) + packed_segment(moved)


def json_record(name: str, data: JsonObject, **links: str) -> bytes:
    track, _, kind = name.partition("/")
    return json.dumps({"track": track, "kind": kind, "data": data, **links}).encode()


def ended(body: bytes, index: JsonObject, events_count: int, t: int) -> bytes:
    """A whole recording with this index, which may lie."""
    head = start()
    packed = brotli.compress(json.dumps(index).encode(), quality=5)
    tail = frames.pack(frames.INDEX, packed, frames.COMPRESSED | frames.DERIVED)
    end = frames.END_BODY.pack(len(head) + len(body), events_count, t, bytes(32))
    return head + body + tail + frames.pack(frames.END, end, frames.DERIVED)
