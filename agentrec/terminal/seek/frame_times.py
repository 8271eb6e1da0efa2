"""Frame times: when a new picture was complete.

Where a program brackets its frames in synchronized output (mode 2026), a picture is complete at the end of
such a frame. Elsewhere it is at the end of a burst: output with gaps too short to see is one picture.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from agentrec.recording.format import batch

if TYPE_CHECKING:
    from agentrec.recording.layout import Segment

BURST_GAP_NS = 15_000_000  # a longer gap ends a burst
BURST_LENGTH_NS = 50_000_000  # output that never pauses is a picture after this time
SYNC_LIMIT_NS = 1_000_000_000  # after this time terminals draw a frame that was not ended

_SYNC = re.compile(rb"\x1b\[\?(?:[0-9]{1,5};){0,9}2026(?:;[0-9]{1,5}){0,9}([hl])")


def frame_times(segment: Segment) -> list[int]:
    """The frame times (ns, rising) of a segment."""
    times, lengths, stream = _outputs(segment)
    ends = list(accumulate(lengths))
    hidden, shown = _sync_frames(times, ends, stream)
    frames: list[int] = []
    burst_start: int | None = None
    last = len(times) - 1
    for index, t in enumerate(times):
        if hidden[index]:
            continue
        if index in shown or lengths[index] == 0:  # a frame's end; a resize
            frames.append(t)
            burst_start = None
            continue
        burst_start = t if burst_start is None else burst_start
        gap_follows = index == last or times[index + 1] - t >= BURST_GAP_NS
        if gap_follows or t - burst_start >= BURST_LENGTH_NS:
            frames.append(t)
            burst_start = None
    return [t for t, before in zip(frames, [-1, *frames], strict=False) if t > before]


def _outputs(segment: Segment) -> tuple[list[int], list[int], bytes]:
    """Times and lengths of all outputs, and their bytes joined. A resize has length 0."""
    times: list[int] = []
    lengths: list[int] = []
    pieces: list[bytes] = []
    for chunk in segment.chunks:
        for index, kind in enumerate(chunk.kinds):
            if kind == batch.OUTPUT:
                piece = chunk.payload(index)
                if piece:
                    times.append(chunk.times[index])
                    lengths.append(len(piece))
                    pieces.append(piece)
            elif kind == batch.RESIZE:
                times.append(chunk.times[index])
                lengths.append(0)
    return times, lengths, b"".join(pieces)


def _sync_frames(times: list[int], ends: list[int], stream: bytes) -> tuple[bytearray, set[int]]:
    """Which outputs lie within a synchronized frame (1), and which complete one."""
    hidden, shown = bytearray(len(times)), set[int]()
    opened: int | None = 0  # a frame may have begun before this segment
    for match in _SYNC.finditer(stream):
        index = bisect_left(ends, match.end())
        if match[1] == b"h":
            opened = index
            continue
        if opened is not None and times[index] - times[opened] <= SYNC_LIMIT_NS:
            hidden[opened:index] = b"\1" * (index - opened)
        shown.add(index)
        opened = None
    return hidden, shown
