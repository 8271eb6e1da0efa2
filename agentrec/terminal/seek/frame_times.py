"""Frame steps: the times at which a new picture was complete.

Where a program brackets its frames in synchronized output (mode 2026), a step is the end of such a
frame. Elsewhere it is the end of a flurry: output closer together than an eye can tell is one step.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from agentrec.recording.format import batch

if TYPE_CHECKING:
    from agentrec.recording.layout import Segment

FLURRY_GAP = 15_000_000  # ns between outputs from which on they are two steps
FLURRY_LENGTH = 50_000_000  # ns after which output that never pauses is a step all the same
SYNC_LIMIT = 1_000_000_000  # ns after which terminals draw a frame that was not ended

_SYNC = re.compile(rb"\x1b\[\?(?:[0-9]{1,5};){0,9}2026(?:;[0-9]{1,5}){0,9}([hl])")


def steps(segment: Segment) -> list[int]:
    """Times (ns, rising) of the steps in a segment."""
    times, lengths, stream = _outputs(segment)
    ends = list(accumulate(lengths))
    hidden, shown = _sync_frames(times, ends, stream)
    found: list[int] = []
    start: int | None = None  # of the flurry we are in
    last = len(times) - 1
    for place, t in enumerate(times):
        if hidden[place]:
            continue
        if place in shown or lengths[place] == 0:  # a frame's end; a resize
            found.append(t)
            start = None
            continue
        start = t if start is None else start
        if place == last or times[place + 1] - t >= FLURRY_GAP or t - start >= FLURRY_LENGTH:
            found.append(t)
            start = None
    return [t for t, before in zip(found, [-1, *found], strict=False) if t > before]


def _outputs(segment: Segment) -> tuple[list[int], list[int], bytes]:
    """Times and lengths of all outputs, and the bytes in one piece. A resize is of length 0."""
    times: list[int] = []
    lengths: list[int] = []
    pieces: list[bytes] = []
    for chunk in segment.chunks:
        for place, kind in enumerate(chunk.kinds):
            if kind == batch.OUTPUT:
                piece = chunk.payload(place)
                if piece:
                    times.append(chunk.times[place])
                    lengths.append(len(piece))
                    pieces.append(piece)
            elif kind == batch.RESIZE:
                times.append(chunk.times[place])
                lengths.append(0)
    return times, lengths, b"".join(pieces)


def _sync_frames(times: list[int], ends: list[int], stream: bytes) -> tuple[bytearray, set[int]]:
    """Which outputs are within a frame (1), and which complete one."""
    hidden, shown = bytearray(len(times)), set[int]()
    opened: int | None = 0  # a frame may have begun before this segment
    for found in _SYNC.finditer(stream):
        place = bisect_left(ends, found.end())
        if found[1] == b"h":
            opened = place
            continue
        if opened is not None and times[place] - times[opened] <= SYNC_LIMIT:
            hidden[opened:place] = b"\1" * (place - opened)
        shown.add(place)
        opened = None
    return hidden, shown
