"""Where file systems are mounted around and below a directory (Linux)."""

from __future__ import annotations

import os
from typing import NamedTuple

# What the kernel writes for characters in paths.
_ESCAPES = ((b"\\", b"\\134"), (b" ", b"\\040"), (b"\t", b"\\011"), (b"\n", b"\\012"))
_MOUNT_POINT = 4


class Mounts(NamedTuple):
    """``file_system`` is the type of the one that a directory is on, ``lines`` what is mounted where.

    As long as ``lines`` are the same, nothing was mounted on, above or below it.
    """

    file_system: str
    lines: list[bytes]


def mounts_around(fd: int, path: str) -> Mounts:
    """Those that matter to the directory ``fd`` at ``path``, a real path. Raises OSError."""
    here = os.fsencode(path)
    for character, escape in _ESCAPES:
        here = here.replace(character, escape)
    here = here.rstrip(b"/") + b"/"
    with open("/proc/self/mountinfo", "rb") as file:
        lines = [line for line in file if _concerns(line, here)]
    with open(f"/proc/self/fdinfo/{fd}", "rb") as file:
        number = next((line[7:].strip() for line in file if line.startswith(b"mnt_id:")), b"?")
    own = next((line for line in lines if line.split(b" ", 1)[0] == number), b"")
    types = own.partition(b" - ")[2].split(b" ", 1)
    return Mounts(types[0].decode(errors="replace"), lines)


def _concerns(line: bytes, here: bytes) -> bool:
    fields = line.split(b" ", _MOUNT_POINT + 1)
    if len(fields) <= _MOUNT_POINT:
        return True
    point = fields[_MOUNT_POINT].rstrip(b"/") + b"/"
    return point.startswith(here) or here.startswith(point)
