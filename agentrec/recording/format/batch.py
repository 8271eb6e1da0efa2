"""Batches: some records as columns (kinds, times, lengths) ahead of their payloads.

Columns compress better than interleaved records and a reader gets times and lengths without a
Python loop over bytes. Little-endian throughout (see docs/format.md).
"""

import struct
import sys
from array import array
from itertools import accumulate

from agentrec.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Record kinds. A reader keeps those it does not know.
OUTPUT, INPUT, RESIZE, JSON = 0, 1, 2, 3
# What passed through standard streams that are not a terminal; SHOWN: the screen shows it, too.
STDIN, STDOUT, STDERR, STDOUT_SHOWN, STDERR_SHOWN = 4, 5, 6, 7, 8
BYTE_RECORDS = (OUTPUT, INPUT, STDIN, STDOUT, STDERR, STDOUT_SHOWN, STDERR_SHOWN)
SIZE = struct.Struct("<HH")
SIZE_ERROR = struct.error
MAX_RECORD_BYTES = 16 << 20
MAX_RECORDS = 8192
# Mean length of payloads above which copying them costs more than writing many pieces.
_LARGE_PAYLOAD_BYTES = 4096

# time unit, width of times, width of lengths, reserved, records, seq and t after the segment's own
_HEAD = struct.Struct("<BBBBIIQ")
_UNITS = (1, 1000)  # nanoseconds
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}

# Time in ns, kind and payload.
Record = tuple[int, int, bytes]


def encode(records: "Sequence[Record]", seq: int, t: int) -> bytes:
    """``records`` as one batch; ``seq`` and ``t`` (ns) of the first are relative to the segment."""
    return b"".join(encode_parts(records, seq, t))


def encode_parts(records: "Sequence[Record]", seq: int, t: int) -> list[bytes]:
    """The same in pieces, in order: large payloads are not copied."""
    times = [record[0] for record in records]
    gaps = [0, *map(int.__sub__, times[1:], times)]
    unit = 1 if all(gap % _UNITS[1] == 0 for gap in gaps) else 0
    if unit:
        gaps = [gap // _UNITS[1] for gap in gaps]
    lengths = [len(record[2]) for record in records]
    time_width, length_width = _width(max(gaps)), _width(max(lengths))
    columns = b"".join(
        [
            _HEAD.pack(unit, time_width, length_width, 0, len(records), seq, t),
            bytes([record[1] for record in records]),
            _column(gaps, time_width),
            _column(lengths, length_width),
        ]
    )
    payloads = [record[2] for record in records]
    if sum(lengths) < len(payloads) * _LARGE_PAYLOAD_BYTES:
        payloads = [b"".join(payloads)]
    return [columns, *payloads]


def begins_at_once(raw: bytes) -> bool:
    """Whether the first record of the batch ``raw`` has the batch's own time, as writers make it."""
    _, time_width, _, _, count, _, _ = _HEAD.unpack_from(raw)
    return count > 0 and not any(_uncolumn(raw, _HEAD.size + count, 1, time_width))


def moved(raw: bytes, seq: int, t: int) -> list[bytes]:
    """The batch ``raw`` with its first record at another ``seq`` and ``t`` (ns) of its segment, in pieces."""
    unit, time_width, length_width, _, count, _, _ = _HEAD.unpack_from(raw)
    head = _HEAD.pack(unit, time_width, length_width, 0, count, seq, t)
    return [head, raw[_HEAD.size :]]


def decode(raw: bytes) -> "tuple[int, list[Record]]":
    """The relative seq of the first record, and the records with times relative to the segment (ns).

    Raises FormatError when ``raw`` is not a batch.
    """
    seq, kinds, times, bounds = columns(raw)
    return seq, [
        (t, kind, raw[start:stop])
        for t, kind, start, stop in zip(times, kinds, bounds, bounds[1:], strict=False)
    ]


def columns(raw: bytes, t: int = 0) -> "tuple[int, bytes, list[int], list[int]]":
    """The relative seq of the first record, then its columns: kinds, times (ns, with ``t`` added)
    and bounds. Record ``i`` is ``raw[bounds[i]:bounds[i + 1]]``; there is one bound more than records.

    Raises FormatError when ``raw`` is not a batch.
    """
    if len(raw) < _HEAD.size:
        raise FormatError("a batch is shorter than its own header")
    unit, time_width, length_width, _, count, seq, base = _HEAD.unpack_from(raw)
    if unit >= len(_UNITS) or time_width not in _CODES or length_width not in _CODES:
        raise FormatError("a batch has columns of an unknown layout")
    start = _HEAD.size + count * (1 + time_width + length_width)
    if count > MAX_RECORDS or start > len(raw):
        raise FormatError("a batch claims more records than it can hold")
    kinds = raw[_HEAD.size : _HEAD.size + count]
    gaps = _uncolumn(raw, _HEAD.size + count, count, time_width)
    lengths = _uncolumn(raw, _HEAD.size + count * (1 + time_width), count, length_width)
    bounds = list(accumulate(lengths, initial=start))
    if bounds[-1] != len(raw):
        raise FormatError("a batch's lengths do not add up")
    scale = _UNITS[unit]
    times = list(accumulate((gap * scale for gap in gaps), initial=t + base))
    return seq, kinds, times[1:], bounds  # the first gap is 0: it is the batch's own time


def shown(data: bytes) -> bytes:
    """What a terminal shows of bytes that passed through a pipe: with its line ends."""
    return data.replace(b"\n", b"\r\n")


def piped(data: bytes) -> bytes:
    """The bytes of the pipe behind output that is as ``shown``."""
    return data.replace(b"\r\n", b"\n")


def _width(largest: int) -> int:
    return 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4 if largest < 1 << 32 else 8


def _column(values: list[int], width: int) -> bytes:
    column = array(_CODES[width], values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _uncolumn(raw: bytes, offset: int, count: int, width: int) -> "Sequence[int]":
    column = array(_CODES[width])
    column.frombytes(raw[offset : offset + count * width])
    if sys.byteorder == "big":
        column.byteswap()
    return column
