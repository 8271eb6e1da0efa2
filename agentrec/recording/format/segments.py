"""What goes to the file: segments of chunks, the hash chain, index and end.

:class:`SegmentWriter` turns batches of records into bytes for an append-only file and remembers what
the index needs. Threads and timers are up to the Writer.
"""

import hashlib

import brotli

from agentrec.memory_limit import is_short
from agentrec.recording.format import batch, frames
from agentrec.recording.format.header import dump_json
from agentrec.recording.format.index import Index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from hashlib import _Hash

    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.moved_chunk import MovedChunk

SEGMENT_BYTES = 1 << 20
SEGMENT_RECORDS = 8192
WINDOW_BITS = 22


class SegmentWriter:
    """Appends records to a recording through ``write(pieces)``, which gets whole frames in pieces.

    ``offset`` is where the next byte goes; ``chain`` the chain value so far; ``seq`` and ``t`` continue
    from there, so the same class appends to a finished recording.
    """

    def __init__(
        self,
        write: "Callable[[Sequence[bytes]], None]",
        file_id: bytes,
        *,
        offset: int,
        chain: bytes,
        size: tuple[int, int],
        quality: int = 5,
        index: Index | None = None,
    ) -> None:
        self._write = write
        self._file_id = file_id
        self._quality = quality
        self._size = size
        self._chain: _Hash | None = None  # of the open segment
        self._chain_value = chain
        self._compressor: brotli.Compressor | None = None
        self._raw = SEGMENT_BYTES  # "full", so that the first record opens a segment
        self._records = 0
        self._base_seq = self._base_t = 0
        self.offset = offset
        self.seq = 0
        self.t = 0
        self.index = index or Index()

    @property
    def chain(self) -> bytes:
        """The chain value after everything written so far (32 bytes)."""
        value: bytes = self._chain.digest() if self._chain else self._chain_value
        return value

    def add(self, records: "Sequence[Record]", *, store: bool = False) -> None:
        """Write ``records`` (in order); ``store``: without compression, for speed."""
        start = 0
        while start < len(records):
            if self._raw >= SEGMENT_BYTES or self._records >= SEGMENT_RECORDS:
                self._open_segment(records[start][0])
            stop, raw = self._fit(records, start)
            self._chunk(records[start:stop], raw, store)
            start = stop

    def add_moved(self, chunk: "MovedChunk") -> None:
        """Write a chunk of another recording, and count its records for the index."""
        if self._raw >= SEGMENT_BYTES or self._records >= SEGMENT_RECORDS:
            self._open_segment(chunk.first)
        columns, first = chunk.columns, chunk.first
        body = batch.moved(columns.raw, self.seq - self._base_seq, first - self._base_t)
        for name, count, length in chunk.counts():
            self.index.count_all(name, count, length)
        self._put_chunk(body, len(columns), columns.bounds[-1] - columns.bounds[0], chunk.last)

    def skip_to(self, seq: int) -> None:
        """Continue at a higher ``seq``: the events between were lost (repair)."""
        if seq != self.seq:
            self.seq = seq
            self._raw = SEGMENT_BYTES

    def keep(self, kind: int, flags: int, payload: bytes) -> None:
        """Write a frame of a kind this version does not know, unchanged."""
        self._put(kind, [payload], flags)

    def finish(self) -> None:
        """Write index and end: the file is complete, until something is appended."""
        at = self.offset
        small = {"quality": 1, "lgwin": 16} if is_short() else {"quality": self._quality}
        body = brotli.compress(dump_json(self.index.as_json()), **small)
        self._put(frames.INDEX, [body], frames.COMPRESSED | frames.DERIVED)
        end = frames.END_BODY.pack(at, self.seq, self.t, self.chain)
        self._put(frames.END, [end], frames.DERIVED)

    def _open_segment(self, t: int) -> None:
        body = frames.SEGMENT_BODY.pack(
            frames.SEGMENT_MARK,
            self._file_id,
            len(self.index.segments),
            self.seq,
            t,
            *self._size,
            self.chain,
        )
        self.index.segments.append([self.offset, self.seq, t])
        self._chain = hashlib.sha256()
        self._compressor = None
        self._raw = self._records = 0
        self._base_seq, self._base_t = self.seq, t
        self._put(frames.SEGMENT, [body])

    def _fit(self, records: "Sequence[Record]", start: int) -> tuple[int, int]:
        """How far from ``start`` the open segment reaches, and how many payload bytes that is."""
        stop = start
        raw = 0
        limit = min(len(records), start + SEGMENT_RECORDS - self._records)
        while stop < limit and (raw + self._raw < SEGMENT_BYTES or stop == start):
            _, kind, payload = records[stop]
            raw += len(payload)
            stop += 1
            if kind == batch.RESIZE and len(payload) == batch.SIZE.size:
                cols, rows = batch.SIZE.unpack(payload)
                self._size = (cols, rows)
        return stop, raw

    def _chunk(self, records: "Sequence[Record]", raw: int, store: bool) -> None:
        first = records[0][0]
        body = batch.encode_parts(records, self.seq - self._base_seq, first - self._base_t)
        self._put_chunk(body, len(records), raw, records[-1][0], store=store)

    def _put_chunk(
        self, body: "list[bytes]", count: int, raw: int, last: int, *, store: bool = False
    ) -> None:
        self._raw += raw
        self._records += count
        self.seq += count
        self.t = last
        self.index.raw += raw
        length = sum(map(len, body)).to_bytes(4, "little")
        if store or is_short():
            self.index.stored += raw
            self._put(frames.CHUNK, [length, *body])
            return
        if self._compressor is None:
            self._compressor = brotli.Compressor(quality=self._quality, lgwin=WINDOW_BITS)
        packed = self._compressor.process(b"".join(body)) + self._compressor.flush()
        self._put(frames.CHUNK, [length, packed], frames.COMPRESSED)

    def _put(self, kind: int, parts: "Sequence[bytes]", flags: int = 0) -> None:
        pieces = frames.wrap(kind, parts, flags)
        if self._chain and not flags & frames.DERIVED:
            for piece in pieces:
                self._chain.update(piece)
        self._write(pieces)
        self.offset += sum(map(len, pieces))
