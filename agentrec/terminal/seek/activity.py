"""What a timeline bar shows of a whole recording, gathered piece by piece."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agentrec.recording.events import EXIT
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_event

if TYPE_CHECKING:
    from agentrec.recording.format.decode import Columns

IDLE = 500_000_000  # ns without output, input, resize or exit that count as idle
_BUCKETS = 4096
_TERMINAL = bytes([batch.OUTPUT, batch.INPUT, batch.RESIZE])
_EXIT_HINT = json.dumps(EXIT[1]).encode()


class Survey:
    """Facts about a recording up to ``until`` (ns); ``complete`` when that is all there is so far.

    ``idle``     spans ``(start, end)`` in ns of at least half a second, in order; the time between
                 the last event and now is not among them
    ``resizes``  ``(t, cols, rows)``
    ``exit``     when the program ended, ns; None as long as it has not
    """

    def __init__(self) -> None:
        self.until = 0
        self.complete = False
        self.idle: list[tuple[int, int]] = []
        self.resizes: list[tuple[int, int, int]] = []
        self.exit: int | None = None
        self.seq = 0  # events before this one are counted
        self._width = 1_000_000  # ns a bucket holds; doubled as the recording grows
        self._output = [0] * _BUCKETS
        self._input = [0] * _BUCKETS
        self._last = 0  # time of the last terminal event

    def activity(self, count: int, duration: int) -> list[int]:
        """Bytes of output in each of ``count`` equal parts of ``duration`` (ns)."""
        return self._spread(self._output, count, duration)

    def typing(self, count: int, duration: int) -> list[int]:
        """Bytes of recorded input in each of ``count`` equal parts of ``duration`` (ns)."""
        return self._spread(self._input, count, duration)

    def add(self, chunk: Columns) -> None:
        """Count a chunk's records; those counted before are skipped."""
        first = max(0, self.seq - chunk.seq)
        for place in range(first, len(chunk)):
            self._record(chunk, place, chunk.kinds[place], chunk.times[place])
        if first < len(chunk):
            self.seq = chunk.seq + len(chunk)
            self.until = max(self.until, chunk.times[-1])

    def _record(self, chunk: Columns, place: int, kind: int, t: int) -> None:
        if kind not in _TERMINAL:
            self._other(chunk, place, t)
            return
        self._quiet_until(t)
        length = chunk.bounds[place + 1] - chunk.bounds[place]
        if kind == batch.RESIZE:
            if length == batch.SIZE.size:
                self.resizes.append((t, *batch.SIZE.unpack(chunk.payload(place))))
            return
        while t // self._width >= _BUCKETS:
            self._fold()
        (self._output if kind == batch.OUTPUT else self._input)[t // self._width] += length

    def _other(self, chunk: Columns, place: int, t: int) -> None:
        payload = chunk.payload(place)
        # Looking for the word first spares parsing every event of every track.
        if chunk.kinds[place] == batch.JSON and _EXIT_HINT in payload:
            event = to_event(chunk.seq + place, (t, batch.JSON, payload))
            if event.name == EXIT:
                self._quiet_until(t)
                self.exit = t

    def _quiet_until(self, t: int) -> None:
        if t - self._last >= IDLE:
            self.idle.append((self._last, t))
        self._last = t

    def _fold(self) -> None:
        """Make buckets twice as wide."""
        self._width *= 2
        for values in (self._output, self._input):
            pairs = zip(values[::2], values[1::2], strict=True)
            values[:] = [a + b for a, b in pairs] + [0] * (_BUCKETS // 2)

    def _spread(self, values: list[int], count: int, duration: int) -> list[int]:
        parts = [0] * count
        if count <= 0 or duration <= 0:
            return parts
        for place, value in enumerate(values):
            if value:
                middle = place * self._width + self._width // 2
                parts[min(count - 1, middle * count // duration)] += value
        return parts
