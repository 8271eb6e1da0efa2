"""Wakes a companion that waits for descriptors once the command has ended (Linux: eventfd(2))."""

from __future__ import annotations

import os
import threading


class EndEvent:
    """Readable once it is set. Raises OSError where there is none, or no room for one."""

    def __init__(self) -> None:
        if not hasattr(os, "eventfd"):
            raise OSError("no eventfd on this system")
        self._lock = threading.Lock()
        self._fd = os.eventfd(0, os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._fd

    def set(self) -> None:
        """The command has ended. Any thread may call this, also after :meth:`close`."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def close(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            fd, self._fd = self._fd, -1
            if fd >= 0:
                os.close(fd)
