"""A file as objects of a bounded size, each named by its SHA-256.

An object is there whole or not at all, and its name says what is in it. So a transfer that was killed goes on
where it was, two of the same file do not disturb each other, and every part is checked on the way.
"""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self

from agentrec.errors import OutputError
from agentrec.fleet.bucket.object_names import PART
from agentrec.fleet.bucket.remote import RemoteError
from agentrec.fleet.bucket.stored_version import PART_BYTES, FilePart, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from agentrec.fleet.bucket.remote import Remote, RemoteObject

# At once: as many parts are in memory.
MAX_TRANSFERS = 4


def measure(fd: int, size: int, suffix: str) -> StoredFile:
    """The first ``size`` bytes of an open file as parts, whose names end with ``suffix``.

    Raises OSError, also if the file is shorter.
    """
    whole, parts = hashlib.sha256(), []
    ending = suffix if size <= PART_BYTES else suffix + PART
    for offset in range(0, size, PART_BYTES) or (0,):
        data = read_at(fd, offset, min(PART_BYTES, size - offset))
        whole.update(data)
        sha256 = hashlib.sha256(data).hexdigest()
        parts.append(FilePart(sha256 + ending, len(data), sha256))
    return StoredFile(whole.hexdigest(), size, tuple(parts))


class Transfers:
    """Uploads and downloads of one command: a bounded number of parts at a time.

    ``advance`` is called with the bytes that are done in all.
    """

    def __init__(self, remote: Remote, advance: Callable[[int], object] = int) -> None:
        self.remote = remote
        self._advance = advance
        self._pool = ThreadPoolExecutor(MAX_TRANSFERS, "transfer")
        self._lock = threading.Lock()
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._lock:
            self._advance = int  # the bar is taken away now, and a thread may still be at work
        # After Ctrl-C nobody waits for what is on its way.
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def count(self, size: int) -> None:
        """Note that ``size`` bytes are done."""
        with self._lock:
            self._done += size
            self._advance(self._done)

    def upload(
        self, file: StoredFile, fd: int, folder: str, there: Mapping[str, RemoteObject]
    ) -> None:
        """Write the parts of an open file below ``folder``; those ``there``, by key, are not sent again.

        Raises RemoteError, OSError.
        """

        def put(part: FilePart, offset: int) -> None:
            data = read_at(fd, offset, part.size)
            if hashlib.sha256(data).hexdigest() != part.sha256:
                raise RemoteError("it was changed while it was read")
            key = f"{folder}/{part.name}"
            if key not in there or not self.remote.has(there[key], data):
                self.remote.create(key, data)
            self.count(part.size)

        self._each(file, put)

    def download(self, file: StoredFile, fd: int, folder: str) -> None:
        """Write a file to ``fd``; parts that it has already are not read again.

        Raises RemoteError, OutputError.
        """

        def get(part: FilePart, offset: int) -> None:
            there = os.pread(fd, part.size, offset)
            if hashlib.sha256(there).hexdigest() != part.sha256:
                key = f"{folder}/{part.name}"
                data = self.remote.read(key, part.size)
                if hashlib.sha256(data).hexdigest() != part.sha256:
                    raise RemoteError(f"{key} in {self.remote.url} is damaged")
                _write_at(fd, offset, data)
            self.count(part.size)

        try:
            self._each(file, get)
            os.ftruncate(fd, file.size)
            is_whole = measure(fd, file.size, "").sha256 == file.sha256
        except OSError as error:
            raise OutputError(f"cannot write: {error.strerror}") from None
        if not is_whole:
            raise RemoteError(f"the parts in {self.remote.url} are not those of the file")

    def _each(self, file: StoredFile, move: Callable[[FilePart, int], None]) -> None:
        """Move all parts of a file. Raises the first error; then what has not begun is left."""
        moves: list[Future[None]] = []
        offset = 0
        for part in file.parts:
            moves.append(self._pool.submit(move, part, offset))
            offset += part.size
        try:
            for one in moves:
                one.result()
        finally:
            for one in moves:
                one.cancel()
            wait(moves)  # those at work still use the file


def read_at(fd: int, offset: int, size: int) -> bytes:
    """``size`` bytes of an open file. Raises OSError, also if the file is shorter."""
    data = bytearray()
    while len(data) < size:
        piece = os.pread(fd, size - len(data), offset + len(data))
        if not piece:
            raise OSError(0, "it became shorter while it was read")
        data += piece
    return bytes(data)


def _write_at(fd: int, offset: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, offset)
        view, offset = view[count:], offset + count
