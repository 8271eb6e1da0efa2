"""Writing Agent Harbor's `.ahr` v1, by every rule its reader depends on.

44 header bytes, exact lengths and counts, tags 0-4 only, a RESIZE before anything else, the last
block flagged and nothing after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import brotli

from agentrec import times
from agentrec.export.ahr1 import reader as ahr1
from agentrec.export.conversion import Loss, size_of
from agentrec.recording.events import INPUT, OUTPUT, Event
from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.term import TermResize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentrec.json_values import JsonObject

# A block is closed after this many raw bytes or records.
BLOCK_BYTES = 1 << 20
BLOCK_RECORDS = 16_384
# What the format's own writer uses.
_QUALITY = 4
_MAX_U32 = (1 << 32) - 1
_MAX_U64 = (1 << 64) - 1


def write(header: JsonObject, events: Iterable[Event], out: BinaryIO) -> Loss:
    """Terminal events as they are; of the header only the size and the start."""
    loss = Loss()
    origin = times.parse_rfc3339(header.get("created")) or 0
    blocks = _Blocks(out, min(max(origin, 0), _MAX_U64))
    blocks.record(ahr1.RESIZED, 0, size_of(header))
    for event in events:
        _put(blocks, event, loss)
    blocks.finish()
    kept = [name for name in ("title", "command", "env", "parent") if header.get(name)]
    if kept:
        loss.notes.add(f"left out of the header: {', '.join(kept)}")
    return loss


def _put(blocks: _Blocks, event: Event, loss: Loss) -> None:
    data = event.data
    if event.name == OUTPUT and isinstance(data, bytes):
        blocks.output(event.t, data)
    elif event.name == INPUT and isinstance(data, bytes):
        for at in range(0, len(data), BLOCK_BYTES):
            piece = data[at : at + BLOCK_BYTES]
            blocks.record(ahr1.TYPED, event.t, (len(piece),), piece)
    else:
        _put_record(blocks, event, loss)


def _put_record(blocks: _Blocks, event: Event, loss: Loss) -> None:
    match decode(event):
        case TermResize(size=(cols, rows)):
            blocks.record(ahr1.RESIZED, event.t, (cols, rows))
        case MarkMoment(origin=origin):
            blocks.record(ahr1.MARK, event.t, _mark(origin, loss))
        case FsSnapshot(origin=origin) as snapshot:
            number = _origin(origin, "id", _MAX_U64)
            label = _label(snapshot.label or snapshot.id)
            blocks.record(ahr1.SNAPSHOT, event.t, (number, blocks.offset, len(label)), label)
        case _:
            loss.leave_out(event)


def _mark(origin: Mapping[str, object], loss: Loss) -> tuple[int, int]:
    """A mark is two numbers; the label of a moment that was not imported from one is lost."""
    if origin.get("format") != "ahr1":
        loss.notes.add("labels of marks were left out: a v1 mark has no text")
        return 0, 0
    return _origin(origin, "code", _MAX_U32), _origin(origin, "value", _MAX_U32)


def _origin(origin: Mapping[str, object], name: str, limit: int) -> int:
    """A number that came from a v1 file; 0 for an event that did not."""
    value = origin.get(name)
    return value if isinstance(value, int) and 0 <= value <= limit else 0


def _label(text: str) -> bytes:
    """At most 65,535 bytes, cut between characters."""
    return text.encode("utf-8", "replace")[:0xFFFF].decode("utf-8", "ignore").encode()


class _Blocks:
    """Collects records; a closed block waits until it is known whether it is the last one."""

    def __init__(self, out: BinaryIO, origin: int) -> None:
        self._out = out
        self._origin = origin  # ns since 1970
        self._parts: list[bytes] = []
        self._size = self._count = self._start_t = self._start_offset = 0
        self._waiting: tuple[int, int, int, int, bytes] | None = None
        self.offset = 0  # bytes of output so far

    def output(self, t: int, data: bytes) -> None:
        for at in range(0, len(data), BLOCK_BYTES):
            piece = data[at : at + BLOCK_BYTES]
            self.record(ahr1.DATA, t, (self.offset, len(piece)), piece)
            self.offset += len(piece)

    def record(self, tag: int, t: int, fields: tuple[int, ...], tail: bytes = b"") -> None:
        if self._size >= BLOCK_BYTES or self._count >= BLOCK_RECORDS:
            self._close()
        if not self._count:
            self._start_t, self._start_offset = t, self.offset
        packed = ahr1.RECORD.pack(tag, self._wall(t)) + ahr1.BODIES[tag].pack(*fields) + tail
        self._parts.append(packed)
        self._size += len(packed)
        self._count += 1

    def _wall(self, t: int) -> int:
        return min(self._origin + t, _MAX_U64)

    def finish(self) -> None:
        self._close()
        self._write(ahr1.LAST_BLOCK)

    def _close(self) -> None:
        self._write(0)
        raw = b"".join(self._parts)
        packed = brotli.compress(raw, quality=_QUALITY)
        self._waiting = (self._start_t, self._start_offset, len(raw), self._count, packed)
        self._parts, self._size, self._count = [], 0, 0

    def _write(self, flags: int) -> None:
        if self._waiting is None:
            return
        t, offset, size, count, packed = self._waiting
        self._out.write(
            ahr1.HEADER.pack(
                ahr1.MAGIC,
                ahr1.VERSION,
                ahr1.CLAIMED_LENGTH,
                self._wall(t),
                offset,
                size,
                len(packed),
                count,
                flags,
                bytes(7),
            )
            + packed
        )
