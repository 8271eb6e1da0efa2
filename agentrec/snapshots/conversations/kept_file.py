"""A growing transcript in one compressed file.

The file is a sequence of blocks, each with a header and the part of a brotli stream that holds the next bytes
of the transcript. A stream is continued from block to block, so that later blocks need not repeat what is in
earlier ones, and begins anew with each writer. Every header has the SHA-256 of the transcript up to the end
of its block: a reader notices damage, and a writer knows whether a transcript has been rewritten.

A block that was cut short by a kill is not there for a reader, and is overwritten by the next writer.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import struct
from typing import TYPE_CHECKING, NamedTuple

import brotli

from agentrec.errors import FormatError
from agentrec.locks import try_lock
from agentrec.recording.format.segment_decoder import inflate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

QUALITY, WINDOW_BITS = 6, 24
# Of the transcript in one block.
BLOCK_BYTES = 1 << 20
_MAGIC = b"akc1"
# Magic, whether a stream begins, bytes of the payload and of the transcript, end, digest.
_HEADER = struct.Struct(">4sBIIQ32s")
_MAX_PAYLOAD_BYTES = 2 * BLOCK_BYTES


class KeptFileError(OSError):
    """The file is damaged."""


class KeptBlock(NamedTuple):
    """One block: where its payload is, and the transcript up to its end."""

    begins_stream: bool
    position: int
    packed: int
    size: int
    end: int
    digest: bytes


def blocks(file: BinaryIO) -> Iterator[KeptBlock]:
    """The whole blocks of a file, from its start."""
    position = end = 0
    size = os.fstat(file.fileno()).st_size
    while True:
        file.seek(position)
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return
        magic, begins, packed, raw, block_end, digest = _HEADER.unpack(head)
        position += _HEADER.size
        is_valid = magic == _MAGIC and packed <= _MAX_PAYLOAD_BYTES and raw <= BLOCK_BYTES
        if not is_valid or block_end != end + raw or position + packed > size:
            return
        end = block_end
        yield KeptBlock(bool(begins), position, packed, raw, end, digest)
        position += packed


class KeptReader(io.RawIOBase):
    """Reads the transcript from its start. Raises KeptFileError where the file is damaged."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._file = open(path, "rb")  # noqa: SIM115 - closed with this
        self._blocks = blocks(self._file)
        self._digest = hashlib.sha256()
        self._stream = brotli.Decompressor()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = self._unpacked(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def _unpacked(self, block: KeptBlock) -> bytes:
        if block.begins_stream:
            self._stream = brotli.Decompressor()
        self._file.seek(block.position)
        packed = self._file.read(block.packed)
        try:
            data = inflate(self._stream, packed, block.size)
        except FormatError:
            data = b""
        self._digest.update(data)
        if len(data) != block.size or self._digest.digest() != block.digest:
            raise KeptFileError(0, "the kept conversation is damaged")
        return data


def open_kept(path: str) -> BinaryIO:
    """The transcript in the file, to be read from its start. Raises OSError."""
    return io.BufferedReader(KeptReader(path), BLOCK_BYTES)


class KeptWriter:
    """Appends to the file at ``path``, created if missing. Raises BlockingIOError if another process does.

    ``end`` is how much of the transcript the file has, ``digest`` the SHA-256 of that.
    """

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not try_lock(self._fd):
            os.close(self._fd)
            raise BlockingIOError(f"{path} is being written")
        self.path = path
        self.end, self.digest, self._position = 0, hashlib.sha256().digest(), 0
        with open(self._fd, "rb", closefd=False) as file:
            for block in blocks(file):
                self.end, self.digest = block.end, block.digest
                self._position = block.position + block.packed
        self._stream: brotli.Compressor | None = None

    def append(self, data: bytes, digest: bytes) -> None:
        """Add the next bytes, up to BLOCK_BYTES; ``digest`` is that of everything with them.

        Raises OSError.
        """
        begins = self._stream is None
        if self._stream is None:
            self._stream = brotli.Compressor(quality=QUALITY, lgwin=WINDOW_BITS)
        payload = self._stream.process(data) + self._stream.flush()
        end = self.end + len(data)
        head = _HEADER.pack(_MAGIC, begins, len(payload), len(data), end, digest)
        try:
            self._write(head + payload)
        except OSError:
            self._stream = None  # it holds what the file does not
            raise
        self.end, self.digest = end, digest

    def close(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        os.close(self._fd)

    def _write(self, block: bytes) -> None:
        os.ftruncate(self._fd, self._position)
        if os.pwrite(self._fd, block, self._position) != len(block):
            raise OSError(0, "the disk is full")
        self._position += len(block)
