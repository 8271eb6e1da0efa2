"""A file in a remote that is read in ranges: only the parts of it that somebody looks at are fetched.

What was fetched is kept in an unnamed file on the disk: objects of a remote never change.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.bucket.stored_version import StoredFile

BLOCK_BYTES = 128 << 10
# Who reads on gets more at once, doubled each time.
_MAX_AHEAD_BLOCKS = 32
# Bytes on the disk of recordings that nobody reads now.
MAX_KEPT_BYTES = 1 << 30


class FetchedFile:
    """The blocks of ``file``, an object or several in ``folder`` of ``remote``. Any thread may use it.

    ``readers`` is the number of open :class:`RangedFile` of it.
    """

    def __init__(self, remote: Remote, folder: str, file: StoredFile) -> None:
        self.size = file.size
        self.readers = 0
        self._remote, self._folder, self._parts = remote, folder, file.parts
        self._starts = [0, *accumulate(part.size for part in file.parts)]
        self._copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this
        self._fetched: set[int] = set()
        self._next, self._ahead = (
            -1,
            1,
        )  # the block after those fetched last; how many more that would be
        self._lock = threading.Lock()

    @property
    def kept_bytes(self) -> int:
        return len(self._fetched) * BLOCK_BYTES

    def close(self) -> None:
        self._copy.close()

    def read(self, start: int, length: int) -> bytes:
        """So many bytes or, at the end, fewer. Raises RemoteError."""
        end = min(start + length, self.size)
        if start >= end:
            return b""
        first, last = start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        with self._lock:
            for block in range(first, last + 1):
                if block not in self._fetched:
                    self._fetch(block, last)
        return os.pread(self._copy.fileno(), end - start, start)

    def _fetch(self, first: int, last: int) -> None:
        """Fetch what is missing from ``first`` to ``last``, and on from there if it is read in order."""
        self._ahead = min(2 * self._ahead, _MAX_AHEAD_BLOCKS) if first == self._next else 1
        stop = min(max(last + 1, first + self._ahead), -(-self.size // BLOCK_BYTES))
        stop = next((block for block in range(first + 1, stop) if block in self._fetched), stop)
        start, end = first * BLOCK_BYTES, min(stop * BLOCK_BYTES, self.size)
        while start < end:
            number = bisect_right(self._starts, start) - 1
            part, begin = self._parts[number], self._starts[number]
            upto = min(end, begin + part.size)
            key = f"{self._folder}/{part.name}"
            data = self._remote.read_range(key, start - begin, upto - begin)
            os.pwrite(self._copy.fileno(), data, start)
            start = upto
        self._fetched.update(range(first, stop))
        self._next = stop


class RangedFile(io.RawIOBase):
    """An open :class:`FetchedFile`, with a position."""

    def __init__(self, fetched: FetchedFile) -> None:
        self._fetched = fetched
        self._position = 0
        fetched.readers += 1

    def close(self) -> None:
        if not self.closed:
            self._fetched.readers -= 1
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_CUR: self._position, os.SEEK_END: self._fetched.size}.get(whence, 0)
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._fetched.read(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


class FetchedFiles:
    """Files that were fetched in part, those used last; others are fetched again. Any thread may use it."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._files: OrderedDict[str, FetchedFile] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, folder: str, file: StoredFile) -> RangedFile:
        with self._lock:
            name = f"{folder}/{file.sha256}"
            fetched = self._files.get(name) or FetchedFile(self._remote, folder, file)
            self._files[name] = fetched
            self._files.move_to_end(name)
            opened = RangedFile(fetched)
            self._drop_oldest()
        return opened

    def close(self) -> None:
        for fetched in self._files.values():
            fetched.close()

    def _drop_oldest(self) -> None:
        kept = sum(one.kept_bytes for one in self._files.values())
        for name, fetched in [*self._files.items()]:
            if kept <= MAX_KEPT_BYTES:
                return
            if not fetched.readers:
                kept -= fetched.kept_bytes
                fetched.close()
                del self._files[name]
