"""Overwrites marked bytes of terminal output so that the screen stays as it was, but for asterisks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from agentrec.redact.screen.widths import width

if TYPE_CHECKING:
    from collections.abc import Iterable

STAR = b"*"


class Spans:
    """Stretches (start, stop) of a stream of bytes, in any order, put in order to mask with."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        for start, stop in sorted(spans):
            if self._stops and start <= self._stops[-1]:
                self._stops[-1] = max(self._stops[-1], stop)
            else:
                self._starts.append(start)
                self._stops.append(stop)

    def mask(self, data: bytes, offset: int) -> bytes:
        """``data``, which begins at stream offset ``offset``, with every character that begins within
        a span replaced by as many asterisks as it takes cells."""
        first = bisect_right(self._stops, offset)
        last = bisect_left(self._starts, offset + len(data))
        if first >= last:
            return data
        out = bytearray()
        at = 0
        for number in range(first, last):
            start = max(self._starts[number] - offset, at)
            stop = min(self._stops[number] - offset, len(data))
            out += data[at:start]
            at = start
            while at < stop:
                cover, at = _cover(data, at)
                out += cover
        return bytes(out + data[at:])


def _cover(data: bytes, at: int) -> tuple[bytes, int]:
    """What covers the character at ``at``, and where the next one begins."""
    lead = data[at]
    size = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    char = data[at : at + size].decode("utf-8", "replace")
    return STAR * (max(1, width(char, "")) if len(char) == 1 else 1), at + size
