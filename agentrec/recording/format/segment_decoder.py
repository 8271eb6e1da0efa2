"""From frames back to records: one segment's Brotli stream, its batches, bounded and checked."""

from itertools import accumulate

import brotli

from agentrec.errors import FormatError
from agentrec.recording.format import batch, frames
from agentrec.recording.format.index import MAX_INTEGER

# Of one segment, decoded. Writers stay far below: they open a new one at 1 MiB or 8,192 records; only a
# single record of up to 16 MiB can exceed that.
MAX_SEGMENT_BYTES = 64 << 20
MAX_SEGMENT_RECORDS = 1 << 16
# It is sound itself, but cannot be decompressed.
NEEDS_BEFORE = "the compressed data before it is lost"

_SHOWN = (batch.STDOUT_SHOWN, batch.STDERR_SHOWN)
_TO_OUTPUT = bytes.maketrans(bytes(_SHOWN), bytes([batch.OUTPUT] * len(_SHOWN)))

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.frames import Frame


class Columns:
    """A chunk's records as columns; record ``i`` has seq ``seq + i`` and is of ``kinds[i]``.

    ``times`` are ns since the recording's start, ``raw[bounds[i]:bounds[i + 1]]`` is the payload.
    """

    __slots__ = ("bounds", "kinds", "raw", "seq", "times")

    def __init__(
        self, seq: int, kinds: bytes, times: list[int], bounds: list[int], raw: bytes
    ) -> None:
        self.seq, self.kinds, self.times = seq, kinds, times
        self.bounds, self.raw = bounds, raw

    def __len__(self) -> int:
        return len(self.kinds)

    def payload(self, number: int) -> bytes:
        return self.raw[self.bounds[number] : self.bounds[number + 1]]

    def records(self) -> "Iterator[Record]":
        """The records one by one, which takes many times longer."""
        raw, starts, stops = self.raw, self.bounds, self.bounds[1:]
        return (
            (t, kind, raw[start:stop])
            for t, kind, start, stop in zip(self.times, self.kinds, starts, stops, strict=False)
        )

    def shown(self) -> "Columns":
        """The same, where what came through a pipe and is shown on the screen is output, as it is shown."""
        if not any(kind in self.kinds for kind in _SHOWN):
            return self
        kinds, bounds, raw = _as_output(self.kinds, self.bounds, self.raw)
        return Columns(self.seq, kinds, self.times, bounds, raw)


class SegmentDecoder:
    """Decodes the chunks of one segment, in order."""

    def __init__(self, frame: "Frame") -> None:
        """``frame``: the SEGMENT frame. Raises FormatError when its payload is invalid."""
        if len(frame.payload) < frames.SEGMENT_BODY.size:
            raise FormatError("a segment's start is too short")
        values = frames.SEGMENT_BODY.unpack_from(frame.payload)
        self.offset = frame.offset
        mark, self.file_id, self.number, self.seq, self.t, cols, rows, self.chain = values
        if mark != frames.SEGMENT_MARK:
            raise FormatError("a segment's start lacks its signature")
        if max(self.seq, self.t) > MAX_INTEGER:
            raise FormatError("a segment starts beyond the format's limits")
        self.size = (cols, rows)
        self.stream_lost = False  # a compressed chunk is missing: those after it cannot be decoded
        self._stream = brotli.Decompressor()
        self._next = 0  # relative seq from which on the next chunk's are
        self._bytes = self._records = 0  # decoded so far

    def columns(self, frame: "Frame") -> Columns:
        """A CHUNK frame's records.

        Raises FormatError; a compressed chunk behind a lost one cannot be decoded either.
        """
        raw = self._raw(frame)
        seq, kinds, times, bounds = batch.columns(raw, self.t)
        self._follow(seq, len(kinds), times[-1] - self.t if times else 0)
        return Columns(self.seq + seq, kinds, times, bounds, raw)

    def _follow(self, seq: int, count: int, t: int) -> None:
        """Refuse a stored chunk of a later segment whose start is lost: it counts from 0 again.

        Also refuse what no writer makes (``t``: time of the last record): callers rely on the bounds of
        segments and times.
        """
        if seq < self._next:
            raise FormatError("its segment's start is lost")
        self._next = seq + count
        self._records += count
        if (
            self._records > MAX_SEGMENT_RECORDS
            or max(self.seq + self._next, self.t + t) > MAX_INTEGER
        ):
            raise FormatError("a segment goes beyond the format's limits")

    def _raw(self, frame: "Frame") -> bytes:
        raw_length = int.from_bytes(frame.payload[:4], "little")
        self._bytes += raw_length
        if raw_length > frames.MAX_PAYLOAD_BYTES or self._bytes > MAX_SEGMENT_BYTES:
            raise FormatError("a chunk claims more than the format allows")
        if frame.flags & frames.COMPRESSED:
            raw = self._decompress(frame.payload[4:], raw_length)
        else:
            raw = frame.payload[4:]
        if len(raw) != raw_length:
            raise FormatError("a chunk does not have the length that it claims")
        return raw

    def _decompress(self, packed: bytes, length: int) -> bytes:
        if self.stream_lost:
            raise FormatError(NEEDS_BEFORE)
        self.stream_lost = True  # until it has succeeded
        raw = inflate(self._stream, packed, length)
        self.stream_lost = False
        return raw


def _as_output(kinds: bytes, bounds: list[int], raw: bytes) -> tuple[bytes, list[int], bytes]:
    payloads = [
        batch.shown(raw[start:stop]) if kind in _SHOWN else raw[start:stop]
        for kind, start, stop in zip(kinds, bounds, bounds[1:], strict=False)
    ]
    return kinds.translate(_TO_OUTPUT), [0, *accumulate(map(len, payloads))], b"".join(payloads)


def segment_start(frame: "Frame") -> "SegmentDecoder | None":
    """The decoder for a SEGMENT frame; None when it is invalid."""
    try:
        return SegmentDecoder(frame)
    except FormatError:
        return None


def inflate(stream: brotli.Decompressor, packed: bytes, limit: int) -> bytes:
    """What ``packed`` adds to the stream's output, at most ``limit`` bytes. Raises FormatError."""
    pieces = []
    size = 0
    try:
        piece = stream.process(packed, output_buffer_limit=limit + 1)
        while piece:
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise FormatError("compressed data holds more than it claims")
            # An unfinished stream gives its output in portions: ask until nothing comes.
            piece = stream.process(b"", output_buffer_limit=limit + 1)
    except brotli.error:
        raise FormatError("compressed data is broken") from None
    return b"".join(pieces)


def inflate_whole(packed: bytes) -> bytes:
    """A Brotli stream of its own (index, keyframe), bounded. Raises FormatError."""
    stream = brotli.Decompressor()
    raw = inflate(stream, packed, frames.MAX_PAYLOAD_BYTES)
    if not stream.is_finished():
        raise FormatError("compressed data is cut short")
    return raw
