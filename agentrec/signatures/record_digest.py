"""Digests of decoded records: the same whatever chunks and segments they are stored in.

The kinds, times, lengths and payloads of the records are hashed apart, because that is how batches hold
them: a chunk costs four calls, however many records it has.
"""

import hashlib
import sys
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.segment_decoder import Columns

# Mean length of payloads above which copying them costs more than hashing them one by one.
_LARGE_PAYLOAD_BYTES = 4096


class RecordDigest:
    """SHA-256 over records that follow each other; :attr:`count` of them, ``size`` bytes of payload."""

    def __init__(self) -> None:
        self._columns = [hashlib.sha256() for _ in range(4)]
        self.count = self.size = 0

    def add(self, records: "Sequence[Record]") -> None:
        payloads = [record[2] for record in records]
        lengths = list(map(len, payloads))
        if sum(lengths) < len(payloads) * _LARGE_PAYLOAD_BYTES:
            payloads = [b"".join(payloads)]
        self._add(
            bytes([record[1] for record in records]),
            [record[0] for record in records],
            lengths,
            payloads,
        )

    def add_columns(self, chunk: "Columns", start: int, stop: int) -> None:
        """Records ``start`` to ``stop`` of a chunk."""
        bounds = chunk.bounds[start : stop + 1]
        self._add(
            chunk.kinds[start:stop],
            chunk.times[start:stop],
            list(map(int.__sub__, bounds[1:], bounds)),
            [memoryview(chunk.raw)[bounds[0] : bounds[-1]]],
        )

    def hexdigest(self) -> str:
        return hashlib.sha256(b"".join(one.digest() for one in self._columns)).hexdigest()

    def _add(
        self,
        kinds: bytes,
        times: list[int],
        lengths: list[int],
        payloads: "Iterable[bytes | memoryview]",
    ) -> None:
        self.count += len(kinds)
        self.size += sum(lengths)
        kind_hash, time_hash, length_hash, payload_hash = self._columns
        kind_hash.update(kinds)
        time_hash.update(_column("Q", times))
        length_hash.update(_column("I", lengths))
        for payload in payloads:
            payload_hash.update(payload)


def _column(code: str, values: list[int]) -> bytes:
    column = array(code, values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()
