"""Overwrites marked bytes of terminal output so that the screen stays as it was, but for asterisks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.redact.widths import width

if TYPE_CHECKING:
    from collections.abc import Iterable

STAR = b"*"


def paint(data: bytes, offset: int, spans: Iterable[tuple[int, int]]) -> bytes:
    """``data``, which begins at stream offset ``offset``, with every character that begins within
    one of ``spans`` (start, stop; any order) replaced by as many asterisks as it takes cells."""
    places = sorted(
        (max(start - offset, 0), min(stop - offset, len(data)))
        for start, stop in spans
        if start < offset + len(data) and stop > offset
    )
    if not places:
        return data
    out = bytearray()
    at = 0
    for start, stop in places:
        out += data[at:start]
        at = max(at, start)
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
