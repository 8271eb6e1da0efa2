"""Living within a limited address space (``ulimit -v``, ``ulimit -d``).

Threads reserve far more of it than they use, so that a small limit is reached at random places. And the
compressor ends the process when it gets no memory, so whether there is some has to be asked before.
On the start path of `record`: imports are light here.
"""

import os
import resource
import threading

# The compressor's largest window, its tables and buffers take less than half of this.
COMPRESSOR_BYTES = 64 << 20

_STACK_BYTES = 512 << 10
_ARENA_MAX = -8  # of mallopt() in glibc
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def take_little() -> None:
    """Reserve less where there is a limit: small stacks, and one heap for all threads. No thread runs yet."""
    if not _limits():
        return
    threading.stack_size(_STACK_BYTES)
    try:
        import ctypes

        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
    except (ImportError, OSError, AttributeError, MemoryError):
        return  # another C library, or no room even for this


def is_short(needed: int = COMPRESSOR_BYTES) -> bool:
    """Whether there may be less than ``needed`` bytes of address space left."""
    limits = _limits()
    if not limits:
        return False
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = [int(number) for number in file.read().split()]
    except (OSError, ValueError):
        return False
    used = {resource.RLIMIT_AS: pages[0], resource.RLIMIT_DATA: pages[5]}
    return any(limit - used[kind] * _PAGE_BYTES < needed for kind, limit in limits)


def _limits() -> list[tuple[int, int]]:
    limits = [
        (kind, resource.getrlimit(kind)[0]) for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    ]
    return [(kind, limit) for kind, limit in limits if limit != resource.RLIM_INFINITY]
