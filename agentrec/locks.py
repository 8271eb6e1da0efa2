"""Locks on files, between processes (flock). They end with the process that holds them.

On the start path of `record`: imports are light here.
"""

import fcntl
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# A reader that checks whether the file is locked holds the lock for a moment.
LOCK_TRIES = 5


class FileLock:
    """Holds the lock file ``path``, created if missing, within a ``with`` block; waits for other holders.

    Raises OSError. (A class, since loading contextlib would slow the start of `record` down.)
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except BaseException:
            os.close(self._fd)
            raise

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        trace: "TracebackType | None",
    ) -> None:
        os.close(self._fd)


def try_lock(fd: int, *, tries: int = 1) -> bool:
    """Take the lock of an open file, without waiting; false when another process has it.

    A reader that looks whether a file is locked (:func:`is_locked`) holds the lock for a moment: more
    ``tries``, 10 ms apart, get past it. A file system without locks refuses nobody.
    """
    for attempt in range(tries):
        if attempt:
            time.sleep(0.01)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        except OSError:
            return True
        return True
    return False


def is_locked(fd: int) -> bool:
    """Whether another process holds the lock of an open file."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(fd, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
