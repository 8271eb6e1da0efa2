"""How much happened when in a recording, gathered segment by segment for a timeline bar."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.recording.events import EXIT
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_event

if TYPE_CHECKING:
    from agentrec.recording.format.segment_decoder import Columns

IDLE_NS = 500_000_000  # without output, input, resize or exit
_BUCKET_COUNT = 4096
_FIRST_BUCKET_NS = 1_000_000  # doubled as the recording grows
_TERMINAL = bytes([batch.OUTPUT, batch.INPUT, batch.RESIZE])
_EXIT_HINT = json.dumps(EXIT[1]).encode()


class Activity:
    """What is known of a recording up to ``until`` (ns); ``complete`` when that is all of it so far.

    ``idle``     spans ``(start, end)`` in ns of at least half a second, in order; the time between
                 the last event and now is not among them
    ``resizes``  ``(t, cols, rows)``
    ``exit``     when the program ended, ns; None as long as it has not
    ``seq``      events before this one are counted
    """

    def __init__(self) -> None:
        self.until = 0
        self.complete = False
        self.idle: list[tuple[int, int]] = []
        self.resizes: list[tuple[int, int, int]] = []
        self.exit: int | None = None
        self.seq = 0
        self._bucket_ns = _FIRST_BUCKET_NS
        self._output = [0] * _BUCKET_COUNT
        self._input = [0] * _BUCKET_COUNT
        self._last = 0  # time of the last terminal event

    def output_bytes(self, count: int, duration: int) -> list[int]:
        """Bytes of output in each of ``count`` equal parts of ``duration`` (ns)."""
        return self._resample(self._output, count, duration)

    def input_bytes(self, count: int, duration: int) -> list[int]:
        """Bytes of recorded input in each of ``count`` equal parts of ``duration`` (ns)."""
        return self._resample(self._input, count, duration)

    def add(self, chunk: Columns) -> None:
        """Count the records of a chunk, except those counted before."""
        first = max(0, self.seq - chunk.seq)
        for index in range(first, len(chunk)):
            self._record(chunk, index, chunk.kinds[index], chunk.times[index])
        if first < len(chunk):
            self.seq = chunk.seq + len(chunk)
            self.until = max(self.until, chunk.times[-1])

    def _record(self, chunk: Columns, index: int, kind: int, t: int) -> None:
        if kind not in _TERMINAL:
            self._other(chunk, index, t)
            return
        self._end_idle(t)
        length = chunk.bounds[index + 1] - chunk.bounds[index]
        if kind == batch.RESIZE:
            if length == batch.SIZE.size:
                self.resizes.append((t, *batch.SIZE.unpack(chunk.payload(index))))
            return
        while t // self._bucket_ns >= _BUCKET_COUNT:
            self._widen_buckets()
        (self._output if kind == batch.OUTPUT else self._input)[t // self._bucket_ns] += length

    def _other(self, chunk: Columns, index: int, t: int) -> None:
        payload = chunk.payload(index)
        # Looking for the word first spares parsing every event of every track.
        if chunk.kinds[index] == batch.JSON and _EXIT_HINT in payload:
            event = to_event(chunk.seq + index, (t, batch.JSON, payload))
            if event.name == EXIT:
                self._end_idle(t)
                self.exit = t

    def _end_idle(self, t: int) -> None:
        if t - self._last >= IDLE_NS:
            self.idle.append((self._last, t))
        self._last = t

    def _widen_buckets(self) -> None:
        """Make buckets twice as wide."""
        self._bucket_ns *= 2
        for values in (self._output, self._input):
            pairs = zip(values[::2], values[1::2], strict=True)
            values[:] = [a + b for a, b in pairs] + [0] * (_BUCKET_COUNT // 2)

    def _resample(self, values: list[int], count: int, duration: int) -> list[int]:
        parts = [0] * count
        if count <= 0 or duration <= 0:
            return parts
        for bucket, value in enumerate(values):
            if value:
                middle = bucket * self._bucket_ns + self._bucket_ns // 2
                parts[min(count - 1, middle * count // duration)] += value
        return parts
