"""Writes git objects as packs: one per snapshot, complete or not there at all.

Large packs are not compressed at first, because that would take longer than everything else together; they
are compressed later, when nobody waits (see :mod:`agentrec.snapshots.gitstore.repack`).
The layout is git's: pack version 2 (gitformat-pack(5)) and its index version 2.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

TYPE_CODES = {"commit": 1, "tree": 2, "blob": 3}
UNFINISHED_PREFIX = "tmp_pack_agentrec_"  # of packs that are being written
PIECE_BYTES = 1 << 20
# The most that a stored deflate block can hold.
_STORED_BLOCK_BYTES = 0xFFFF
# The first objects of a pack are compressed, up to this many and this size.
_COMPRESSED_OBJECTS = 64
_COMPRESSED_BYTES = 1 << 20
_HEADER_BYTES = 12
# Of a stored deflate block: whether it is the last one, its length, and the complement of that.
_BLOCK_HEADER = struct.Struct("<BHH")
_CHECKSUM = struct.Struct(">I")


class FileChangedError(Exception):
    """A file became shorter or longer while it was read."""


class ObjectSink(Protocol):
    """Takes objects and returns their names (20 bytes)."""

    def add(self, kind: str, data: bytes) -> bytes: ...
    def add_pieces(self, pieces: Iterable[bytes], size: int) -> bytes: ...


def object_name(kind: str, data: bytes) -> bytes:
    """The name git gives the object."""
    head = b"%s %d\0" % (kind.encode(), len(data))
    if len(data) <= _STORED_BLOCK_BYTES:  # most are small, and one call is faster
        return hashlib.sha1(head + data, usedforsecurity=False).digest()
    digest = hashlib.sha1(head, usedforsecurity=False)
    digest.update(data)
    return digest.digest()


class NameOnlySink:
    """A sink that keeps nothing, and only names the objects."""

    def add(self, kind: str, data: bytes) -> bytes:
        return object_name(kind, data)

    def add_pieces(self, pieces: Iterable[bytes], size: int) -> bytes:
        """See :meth:`PackWriter.add_pieces`."""
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        for piece in pieces:
            digest.update(piece)
        return digest.digest()


class PackWriter:
    """Writes objects to a pack in the object directory ``objects``; git sees it only after ``finish``.

    Every method raises SnapshotError when the disk is full or the store is gone.
    """

    def __init__(self, objects: str) -> None:
        self._folder = os.path.join(objects, "pack")
        self._path = ""
        self._file: BinaryIO | None = None
        self._entries: dict[bytes, tuple[int, int]] = {}  # name -> offset and CRC
        self._end = _HEADER_BYTES
        self.uncompressed = 0  # bytes of objects that are not compressed

    def add(self, kind: str, data: bytes) -> bytes:
        name = object_name(kind, data)
        if name not in self._entries:
            if len(self._entries) < _COMPRESSED_OBJECTS and self._end < _COMPRESSED_BYTES:
                packed = zlib.compress(data, 1)
            else:
                packed = stored_zlib(data)
                self.uncompressed += len(data)
            self._put(name, _entry_header(kind, len(data)) + packed)
        return name

    def add_pieces(self, pieces: Iterable[bytes], size: int) -> bytes:
        """A blob of the ``size`` bytes in ``pieces``, without holding them all.

        What they raise when there are fewer or more takes the entry back.
        """
        file = self._opened()
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        head = _entry_header("blob", size) + b"\x78\x01"
        crc, adler, left = zlib.crc32(head), 1, size
        self._write(file, head)
        written = len(head)
        try:
            for piece in pieces:
                digest.update(piece)
                adler = zlib.adler32(piece, adler)
                left -= len(piece)
                block = _blocks(piece, final=left == 0)
                crc = zlib.crc32(block, crc)
                self._write(file, block)
                written += len(block)
        except (FileChangedError, SnapshotError):
            self._cut(file)
            raise
        if digest.digest() in self._entries:  # the same content again
            self._cut(file)
            return digest.digest()
        tail = _CHECKSUM.pack(adler)
        self._write(file, tail)
        self._entries[digest.digest()] = (self._end, zlib.crc32(tail, crc))
        self._end += written + len(tail)
        self.uncompressed += size
        return digest.digest()

    def finish(self) -> int:
        """Make the objects readable for git; returns the bytes written."""
        if self._file is None:
            return 0
        try:
            trailer = self._seal(self._file)
            self._file.close()
            index = self._index(trailer)
            base = os.path.join(self._folder, f"pack-{trailer.hex()}")
            _write_new(self._path + ".idx", index)
            os.chmod(self._path, 0o400)
            os.rename(self._path, base + ".pack")
            os.rename(self._path + ".idx", base + ".idx")  # git looks for these: last
        except OSError as error:
            self.drop()
            raise _failed(error) from None
        self._file = None
        return self._end + 20 + len(index)

    def drop(self) -> None:
        """Remove everything that was added."""
        if self._file is None:
            return
        for step in (self._file.close, lambda: os.unlink(self._path)):
            try:
                step()
            except OSError:
                continue  # a full disk, or a store that is gone
        self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._path = os.path.join(
                self._folder, f"{UNFINISHED_PREFIX}{os.getpid()}_{os.urandom(4).hex()}"
            )
            try:
                fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise _failed(error) from None
            self._file = os.fdopen(fd, "w+b", buffering=1 << 18)
            self._file.write(bytes(_HEADER_BYTES))
        return self._file

    def _put(self, name: bytes, entry: bytes) -> None:
        self._write(self._file or self._opened(), entry)
        self._entries[name] = (self._end, zlib.crc32(entry))
        self._end += len(entry)

    def _write(self, file: BinaryIO, data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise _failed(error) from None

    def _cut(self, file: BinaryIO) -> None:
        """Remove what was written of an entry."""
        try:
            file.seek(self._end)
            file.truncate()
        except OSError as error:
            raise _failed(error) from None

    def _seal(self, file: BinaryIO) -> bytes:
        """Write the header, now that the number of objects is known, and the checksum of everything."""
        file.seek(0)
        file.write(struct.pack(">4sII", b"PACK", 2, len(self._entries)))
        file.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
        file.write(digest.digest())
        return digest.digest()

    def _index(self, trailer: bytes) -> bytes:
        """The index of the pack whose checksum is ``trailer``."""
        names = sorted(self._entries)
        fanout, count = [], 0
        for first in range(256):
            while count < len(names) and names[count][0] <= first:
                count += 1
            fanout.append(count)
        offsets, far = [], []
        for name in names:
            offset = self._entries[name][0]
            if offset >= 1 << 31:
                far.append(offset)
                offset = (1 << 31) + len(far) - 1
            offsets.append(offset)
        body = b"".join(
            [
                b"\xfftOc" + struct.pack(">I256I", 2, *fanout),
                *names,
                struct.pack(f">{len(names)}I", *(self._entries[name][1] for name in names)),
                struct.pack(f">{len(names)}I", *offsets),
                struct.pack(f">{len(far)}Q", *far),
                trailer,
            ]
        )
        return body + hashlib.sha1(body, usedforsecurity=False).digest()


def read_pieces(fd: int, size: int) -> Iterator[bytes]:
    """Exactly ``size`` bytes of ``fd`` in pieces. Raises FileChangedError when it holds fewer or more."""
    left = size
    while left:
        piece = os.read(fd, min(PIECE_BYTES, left))
        if not piece:
            raise FileChangedError
        left -= len(piece)
        yield piece
    if os.read(fd, 1):
        raise FileChangedError


def stored_zlib(data: bytes) -> bytes:
    """``data`` as a zlib stream without compression; zlib itself takes much longer to make one."""
    return b"\x78\x01" + _blocks(data, final=True) + _CHECKSUM.pack(zlib.adler32(data))


def _blocks(data: bytes, *, final: bool) -> bytes:
    if len(data) <= _STORED_BLOCK_BYTES:
        return _BLOCK_HEADER.pack(final, len(data), len(data) ^ _STORED_BLOCK_BYTES) + data
    out = []
    for start in range(0, len(data), _STORED_BLOCK_BYTES):
        block = data[start : start + _STORED_BLOCK_BYTES]
        last = final and start + _STORED_BLOCK_BYTES >= len(data)
        out += [_BLOCK_HEADER.pack(last, len(block), len(block) ^ _STORED_BLOCK_BYTES), block]
    return b"".join(out)


@lru_cache(maxsize=1 << 14)
def _entry_header(kind: str, size: int) -> bytes:
    """Type and size: four bits of the size in the first byte, then seven in each."""
    first = TYPE_CODES[kind] << 4 | size & 15
    size >>= 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first = size & 0x7F
        size >>= 7
    out.append(first)
    return bytes(out)


def _failed(error: OSError) -> SnapshotError:
    return SnapshotError(f"cannot write the snapshot: {error.strerror or error}")


def _write_new(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
