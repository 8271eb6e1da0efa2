"""A chunk that is copied from one recording to another as a whole, without looking at each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.format.codec import record_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.segment_decoder import Columns

# Smaller chunks are put together: each costs a frame, and a flush of the compressor.
MIN_BYTES = 16 << 10


class MovedChunk(NamedTuple):
    """A chunk of a recording whose records all happen ``shift`` ns later. It has bytes only."""

    columns: Columns
    shift: int

    @property
    def first(self) -> int:
        """When its first record happens."""
        return self.columns.times[0] + self.shift

    @property
    def last(self) -> int:
        """When its last record happens."""
        return self.columns.times[-1] + self.shift

    def counts(self) -> Iterator[tuple[str, int, int]]:
        """The name of each kind of record, how many it has, and how many bytes these have."""
        kinds, bounds = self.columns.kinds, self.columns.bounds
        for kind in sorted(set(kinds)):
            name, count = record_name((0, kind, b"")), kinds.count(kind)
            if count == len(kinds):
                yield name, count, bounds[-1] - bounds[0]
            else:
                each = zip(kinds, bounds, bounds[1:], strict=False)
                yield name, count, sum(stop - start for one, start, stop in each if one == kind)

    def records(self) -> Iterator[Record]:
        """Its records one by one."""
        return ((t + self.shift, kind, data) for t, kind, data in self.columns.records())
