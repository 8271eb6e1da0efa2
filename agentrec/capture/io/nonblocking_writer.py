"""A descriptor one writes to without ever being held up: what does not go out now waits in a queue."""

from __future__ import annotations

import os
import stat
from collections import deque

# A blocking pipe or socket that polls as writable takes this much without blocking (one page).
BLOCKING_STEP = 4096


class GoneError(Exception):
    """Nobody is at the other end any more."""


class Outlet:
    """Write ``bytes`` to ``fd`` in order; ``size`` is how many bytes still wait.

    ``nonblocking`` says that the descriptor has O_NONBLOCK. If not (it may be shared with other
    programs, whose flags are theirs), nothing is written before poll() has called it writable, and
    then only little at a time. Raises :class:`GoneError` when the other end is closed.
    """

    __slots__ = ("_nonblocking", "_queue", "_step", "fd", "size")

    def __init__(self, fd: int, *, nonblocking: bool) -> None:
        self.fd = fd
        self.size = 0
        self._nonblocking = nonblocking
        self._queue: deque[memoryview] = deque()
        self._step = 1 << 16 if nonblocking or _is_file(fd) else BLOCKING_STEP

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
            sent = self._write(head[: self._step])
            self.size -= sent
            if sent < len(head):
                self._queue[0] = head[sent:]
                return  # full
            self._queue.popleft()
            if not self._nonblocking:
                return

    def drop(self) -> None:
        """Forget what waits."""
        self._queue.clear()
        self.size = 0

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise GoneError(error.strerror) from error


def _is_file(fd: int) -> bool:
    return stat.S_ISREG(os.fstat(fd).st_mode)
