"""Non-blocking writer: bytes that the descriptor cannot take yet are queued."""

from __future__ import annotations

import os
import stat
from collections import deque

# A blocking pipe or socket that polls as writable takes this much without blocking (one page).
BLOCKING_WRITE_BYTES = 4096
_WRITE_BYTES = 1 << 16


class PeerClosedError(Exception):
    """The other end is closed."""


class NonblockingWriter:
    """Writes bytes to ``fd`` in order; ``size`` is how many still wait.

    ``nonblocking``: the descriptor has O_NONBLOCK. If not (it may be shared with other programs,
    which O_NONBLOCK would break), nothing is written before poll() has called it writable, and
    then only little at a time. Raises :class:`PeerClosedError` when the other end is closed.
    """

    __slots__ = ("_nonblocking", "_queue", "_write_limit", "fd", "size")

    def __init__(self, fd: int, *, nonblocking: bool) -> None:
        self.fd = fd
        self.size = 0
        self._nonblocking = nonblocking
        self._queue: deque[memoryview] = deque()
        self._write_limit = _WRITE_BYTES if nonblocking or _is_file(fd) else BLOCKING_WRITE_BYTES

    def send(self, data: bytes) -> None:
        """Write now what goes out now; queue the rest."""
        sent = 0
        if self._nonblocking and not self.size:
            sent = self._write(data)
            if sent == len(data):
                return
        self._queue.append(memoryview(data)[sent:])
        self.size += len(data) - sent

    def flush(self) -> None:
        """Write from the queue until it is empty or the descriptor is full. Call when writable."""
        while self._queue:
            head = self._queue[0]
            sent = self._write(head[: self._write_limit])
            self.size -= sent
            if sent < len(head):
                self._queue[0] = head[sent:]
                return  # full
            self._queue.popleft()
            if not self._nonblocking:
                return

    def clear(self) -> None:
        """Drop what waits."""
        self._queue.clear()
        self.size = 0

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise PeerClosedError(error.strerror) from error


def _is_file(fd: int) -> bool:
    return stat.S_ISREG(os.fstat(fd).st_mode)
