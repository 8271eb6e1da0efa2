"""Agent Harbor's `.ahr` v1: the layout, and reading it. Writing is in :mod:`agentrec.export.ahr1.writer`.

A file is blocks and nothing else; each is a header and one Brotli stream of records. Little-endian,
unpadded. The header takes 44 bytes although its own length field says 48, so 44 is tried first. The
format has no checksums and its times are wall-clock times, which may step.
"""

from __future__ import annotations

import struct
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import brotli

from agentrec import times
from agentrec.errors import FormatError
from agentrec.export.conversion import (
    DEFAULT_SIZE,
    MAX_TIME_NS,
    ImportedRecording,
    Notes,
    Source,
    is_size,
)
from agentrec.recording.events import INPUT, MOMENT, OUTPUT, RESIZE, Event

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from agentrec.json_values import JsonObject

MAGIC = b"AHRC"
VERSION = 1
# magic, version, header_len, start_ts_ns, start_byte_off, uncompressed_len, compressed_len,
# record_count, flags, reserved
HEADER = struct.Struct("<4sHHQQIIIB7s")
CLAIMED_LENGTH = 48  # what writers put into header_len
LAST_BLOCK = 1  # in flags; not reliable

DATA, RESIZED, TYPED, MARK, SNAPSHOT = range(5)
RECORD = struct.Struct("<B3xQ")  # tag, ts_ns
BODIES = {
    DATA: struct.Struct("<QI"),  # start_byte_off, length of the bytes that follow
    RESIZED: struct.Struct("<HH"),  # cols, rows
    TYPED: struct.Struct("<I"),  # length of the bytes that follow
    MARK: struct.Struct("<II"),  # code, value
    SNAPSHOT: struct.Struct("<QQH"),  # id, anchor_byte, length of the label that follows
}
FOLLOWED = (DATA, TYPED, SNAPSHOT)  # the last field of the body is the length of what follows

# Compressed or not; far above what any writer makes.
MAX_BLOCK_BYTES = 32 << 20
_MAX_HEADER_BYTES = 256
_MAX_EVENT_BYTES = 1 << 20
_INPUT_BYTES, _OUTPUT_BYTES = 4096, 1 << 16

Record = tuple[int, int, tuple[int, ...], bytes]  # tag, ts_ns, body fields, what follows them


class Block(NamedTuple):
    """What a reader needs of a block header."""

    offset: int
    length: int  # compressed
    raw_length: int
    header_length: int
    records: int


class PushbackReader:
    """The stream with its offset, and room to give bytes back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._returned = b""
        self.offset = 0

    def take(self, count: int) -> bytes:
        head, self._returned = self._returned[:count], self._returned[count:]
        data = head + self._stream.read(count - len(head)) if len(head) < count else head
        self.offset += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        self._returned = data + self._returned
        self.offset -= len(data)


def read(source: Source) -> ImportedRecording:
    """Raises FormatError when the first block cannot be read; later damage becomes notes."""
    notes = Notes()
    records = _records(PushbackReader(source.stream), notes)
    first: list[Record] = []
    for record in records:
        first.append(record)
        if record[0] in (DATA, RESIZED):
            break
    header: JsonObject = dict(zip(("cols", "rows"), DEFAULT_SIZE, strict=True))
    start = first[0][1] if first else 0
    if first and first[-1][0] == RESIZED:
        cols, rows = first.pop()[2]
        header |= _initial_size(cols, rows, notes)
    else:
        notes.add("the file has no terminal size: assuming 80x24")
    if start and (created := times.format_rfc3339_exact(start)):
        header["created"] = created
    return ImportedRecording(header, _events(start, chain(first, records), notes), notes)


def _initial_size(cols: int, rows: int, notes: Notes) -> dict[str, int]:
    if not is_size(cols, rows):
        notes.add(f"the terminal size {cols}x{rows} is impossible: assuming 80x24")
        cols, rows = DEFAULT_SIZE
    # Headless recordings have the two swapped, 24x80 by default. No terminal is that tall and narrow.
    elif cols <= 60 and rows >= 80:
        notes.add(f"the terminal size {cols}x{rows} is swapped: assuming {rows}x{cols}")
        cols, rows = rows, cols
    return {"cols": cols, "rows": rows}


# Blocks


def _records(data: PushbackReader, notes: Notes) -> Iterator[Record]:
    extra: int | None = None  # header bytes after the 44, settled by the first block that decodes
    while head := data.take(HEADER.size):
        start = data.offset - len(head)
        if len(head) < HEADER.size:
            if start == 0:
                raise FormatError("not an Agent Harbor recording: no complete block at its start")
            notes.add(f"torn at byte {start}: a block header is cut off")
            return
        block = _block(head, start)
        if isinstance(block, str):
            if start == 0:
                raise FormatError(f"unreadable Agent Harbor recording: {block}")
            notes.add(f"cannot read the rest, from byte {start}: {block}")
            return
        raw, extra = _payload(data, block, extra)
        problem = yield from _parse(raw, block)
        if problem:
            _report(problem, block, raw, data, notes)
    if data.offset == 0:
        raise FormatError("not an Agent Harbor recording: the file is empty")


def _report(problem: str, block: Block, raw: bytes, data: PushbackReader, notes: Notes) -> None:
    if not raw and block.offset == 0 and block.length:
        raise FormatError(f"the block at byte 0 cannot be decoded: {problem}")
    behind = data.take(1)
    data.give_back(behind)
    what = "damaged" if behind else "torn"
    notes.add(
        f"the block at byte {block.offset} is {what} ({problem}): its whole records were kept"
    )


def _block(head: bytes, offset: int) -> Block | str:
    """The block whose header this is, or what is wrong with it."""
    magic, version, length, _, _, raw, packed, count, _, _ = HEADER.unpack(head)
    if magic != MAGIC:
        return f"not an AHRC block at byte {offset}"
    if version != VERSION:
        return f"the block at byte {offset} has version {version}"
    if max(raw, packed) > MAX_BLOCK_BYTES:
        return f"the block at byte {offset} claims {max(raw, packed)} bytes"
    return Block(offset, packed, raw, length, count)


def _payload(data: PushbackReader, block: Block, extra: int | None) -> tuple[bytes, int | None]:
    """The records of a block, as far as they decode, and where payloads begin after the 44 bytes."""
    claimed = block.header_length - HEADER.size
    choices = [0, claimed] if 0 < claimed <= _MAX_HEADER_BYTES else [0]
    if extra is not None:
        choices = [extra]
    packed = data.take(max(choices) + block.length)
    best, used = b"", 0
    for choice in choices:
        raw = inflate(packed[choice : choice + block.length], block.raw_length)
        if len(raw) == block.raw_length:
            data.give_back(packed[choice + block.length :])
            return raw, choice
        if len(raw) > len(best):
            best, used = raw, choice
    data.give_back(packed[used + block.length :])
    return best, extra


def inflate(packed: bytes, limit: int) -> bytes:
    """What decodes of a Brotli stream, at most ``limit`` bytes; what comes before an error is kept."""
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        # Small steps in, so that an error costs little of what comes before; a bounded buffer out.
        for at in range(0, len(packed), _INPUT_BYTES):
            out = decoder.process(packed[at : at + _INPUT_BYTES], output_buffer_limit=_OUTPUT_BYTES)
            while out and size < limit:
                parts.append(out)
                size += len(out)
                out = decoder.process(b"", output_buffer_limit=_OUTPUT_BYTES)
            if size >= limit:
                break
    except brotli.error:
        pass
    return b"".join(parts)[:limit]


# Records


def _parse(raw: bytes, block: Block) -> Generator[Record, None, str]:
    """Yields the records of a block; returns what is wrong with the rest of it, or an empty string."""
    at = count = 0
    while at + RECORD.size <= len(raw):
        tag, ts = RECORD.unpack_from(raw, at)
        body = BODIES.get(tag)
        if body is None:
            return f"unknown tag {tag} after {count} records"
        fields_at = at + RECORD.size
        after = fields_at + body.size
        if after > len(raw):
            break
        fields = body.unpack_from(raw, fields_at)
        end = after + (fields[-1] if tag in FOLLOWED else 0)
        if end > len(raw):
            break
        yield tag, ts, fields, raw[after:end]
        at = end
        count += 1
    if at == len(raw) == block.raw_length and count == block.records:
        return ""
    return f"{count} of {block.records} records are whole"


def _events(start: int, records: Iterable[Record], notes: Notes) -> Iterator[Event]:
    seq = t = 0
    before = start
    for record in records:
        ts = record[1]
        # A step back of the wall clock costs its own interval and shifts nothing after it.
        step = ts - before
        if step < 0:
            notes.add("the clock was set back while recording; that interval counts as 0")
        before = ts
        t = min(t + max(step, 0), MAX_TIME_NS - 1)
        for part in _parts(record):
            event = _event(seq, t, part)
            if event is None:
                notes.add("resizes to impossible sizes were left out")
                continue
            yield event
            seq += 1


def _parts(record: Record) -> Iterator[Record]:
    """A record in parts that are events of a good size."""
    tag, ts, fields, tail = record
    yield tag, ts, fields, tail[:_MAX_EVENT_BYTES]
    for at in range(_MAX_EVENT_BYTES, len(tail), _MAX_EVENT_BYTES) if tag in (DATA, TYPED) else ():
        yield tag, ts, fields, tail[at : at + _MAX_EVENT_BYTES]


def _event(seq: int, t: int, record: Record) -> Event | None:
    tag, _, fields, tail = record
    if tag == DATA:
        return Event(seq, t, *OUTPUT, tail)
    if tag == TYPED:
        return Event(seq, t, *INPUT, tail)
    if tag == RESIZED:
        cols, rows = fields
        return Event(seq, t, *RESIZE, {"cols": cols, "rows": rows}) if is_size(cols, rows) else None
    if tag == MARK:
        code, value = fields
        label = f"mark {code}" if not value else f"mark {code}: {value}"
        origin = {"format": "ahr1", "code": code, "value": value}
        return Event(seq, t, *MOMENT, {"label": label, "source": "import", "origin": origin})
    number, anchor, _ = fields
    label = tail.decode("utf-8", "replace")
    origin = {"format": "ahr1", "id": number, "anchor_byte": anchor}
    data = {"id": label or str(number), "label": label, "origin": origin}
    return Event(seq, t, "fs", "snapshot", data)
