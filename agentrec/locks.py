"""Locks on files, between processes (flock). They end with the process that holds them.

On the start path of `record`: imports are light here.
"""

import fcntl
import os
import time
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def locked(path: str) -> "Iterator[None]":
    """Hold the lock file ``path``, made where it is missing; waits for whoever has it. Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


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
