"""Frames: the checksummed envelopes a recording is made of (see docs/format.md).

A file is ``MAGIC`` and then frames. Frame header, 12 bytes little-endian: sync ``F5 A9``, kind u8,
flags u8, payload length u32, CRC-32 u32 of the eight bytes before it and the payload.
"""

import os
import struct

from agentrec.errors import FormatError
from agentrec.recording.format.checksum import checksum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

VERSION = 2
MAGIC = b"\x89AHR" + bytes([VERSION]) + b"\r\n\x1a"
# Of what shows of an encrypted recording; the one inside has the version above.
ENCRYPTED_VERSION = 3
ENCRYPTED_MAGIC = b"\x89AHR" + bytes([ENCRYPTED_VERSION]) + b"\r\n\x1a"
MAGIC_OF: "dict[object, bytes]" = {VERSION: MAGIC, ENCRYPTED_VERSION: ENCRYPTED_MAGIC}
SYNC = b"\xf5\xa9"
# No reader allocates more for one frame, whatever its length field says.
MAX_PAYLOAD_BYTES = 32 << 20

HEADER, SEGMENT, CHUNK, KEYFRAME, INDEX, END = 1, 2, 3, 4, 5, 6
# Of encrypted recordings, see :mod:`agentrec.recording.encryption`.
KEY, ENCRYPTED, DIRECTORY = 7, 8, 9
MAX_KEY_FRAME_BYTES = 64 << 10
# CHUNK: part of its segment's Brotli stream; other kinds: a Brotli stream of its own
COMPRESSED = 0x01
# Can be rebuilt from the other frames, so it is outside the hash chain.
DERIVED = 0x80

FRAME = struct.Struct("<2sBBII")
SEGMENT_MARK = b"\xc3AHRsegm"
# mark, file id, number, first seq, base t (ns), cols, rows, chain value so far
SEGMENT_BODY = struct.Struct("<8s8sIQQHH32s")
# offset of the index frame, number of events (one past the last seq), duration (ns), chain value
END_BODY = struct.Struct("<QQQ32s")
END_SIZE = FRAME.size + END_BODY.size
KEYFRAME_BODY = struct.Struct("<QQH")  # events before it, t (ns), length of the JSON that follows
# Pieces of one writev(): IOV_MAX of Linux and macOS.
_MAX_WRITEV_PIECES = 1024


class Frame:
    """One verified frame: its offset in the file, its head, of that kind and flags, and its payload."""

    __slots__ = ("end", "flags", "head", "kind", "offset", "payload")

    def __init__(self, offset: int, head: bytes, payload: bytes) -> None:
        self.offset, self.end = offset, offset + len(head) + len(payload)
        self.head, self.payload = head, payload
        self.kind, self.flags = head[2], head[3]


class Damage:
    """A stretch of the file that could not be used, and why."""

    __slots__ = ("length", "offset", "reason")

    def __init__(self, offset: int, length: int, reason: str) -> None:
        self.offset, self.length, self.reason = offset, length, reason

    def __repr__(self) -> str:
        return f"Damage(offset={self.offset}, length={self.length}, reason={self.reason!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Damage) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


def pack(kind: int, payload: bytes, flags: int = 0) -> bytes:
    """A frame ready to be written."""
    return b"".join(wrap(kind, [payload], flags))


def wrap(kind: int, parts: "Sequence[bytes]", flags: int = 0) -> list[bytes]:
    """The frame of a payload in parts, as pieces: nothing large is copied."""
    length = sum(map(len, parts))
    if length > MAX_PAYLOAD_BYTES:
        raise FormatError(f"a frame of {length} bytes exceeds the format's limit")
    head = FRAME.pack(SYNC, kind, flags, length, 0)[:8]
    crc = checksum([head, *parts], length)
    return [head + crc.to_bytes(4, "little"), *parts]


def write_all(fd: int, pieces: "Sequence[bytes]") -> None:
    """Write every piece, in order. Raises OSError."""
    for start in range(0, len(pieces), _MAX_WRITEV_PIECES):
        some = pieces[start : start + _MAX_WRITEV_PIECES]
        done = os.writev(fd, some)
        if done < sum(map(len, some)):
            rest = memoryview(b"".join(some))[done:]
            while rest:
                rest = rest[os.write(fd, rest) :]


def read_frame(file: "BinaryIO", offset: int, size: int) -> "Frame | str":
    """The frame at ``offset`` of a file of ``size`` bytes, or the reason why there is none."""
    file.seek(offset)
    head = file.read(FRAME.size)
    if len(head) < FRAME.size:
        return "torn" if SYNC.startswith(head[:2]) else "not a frame"
    sync, _, _, length, crc = FRAME.unpack(head)
    if sync != SYNC:
        return "not a frame"
    if length > MAX_PAYLOAD_BYTES:
        return "impossible length"
    if offset + FRAME.size + length > size:
        return "torn"
    payload = file.read(length)
    if len(payload) < length:
        return "torn"
    if checksum([head[:8], payload], length) != crc:
        return "checksum"
    return Frame(offset, head, payload)
