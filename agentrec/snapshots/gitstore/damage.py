"""Whether the packs of a store are as they were written: each ends with the SHA-1 of what is before it."""

from __future__ import annotations

import hashlib
import os
from functools import cache

_DIGEST_BYTES = 20
_PIECE_BYTES = 1 << 20


def damaged_pack(git_dir: str) -> str:
    """The path of a pack or index that is damaged, or lacks the other; empty if there is none."""
    folder = os.path.join(git_dir, "objects", "pack")
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith("pack-"))
    except OSError:
        return ""
    for name in names:
        stem, ending = os.path.splitext(name)
        if ending not in (".pack", ".idx"):
            continue
        path = os.path.join(folder, name)
        other = stem + {".pack": ".idx", ".idx": ".pack"}[ending]
        # A pack without an index may just be being written, an index without a pack never.
        if (ending == ".idx" and other not in names) or not _is_whole(path, _state(path)):
            return path
    return ""


def _state(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return -1, 0  # removed meanwhile
    return status.st_size, status.st_mtime_ns


@cache
def _is_whole(path: str, state: tuple[int, int]) -> bool:
    """Whether the file ends with its digest; ``state`` makes a changed file another one."""
    left = state[0] - _DIGEST_BYTES
    if state[0] < 0:
        return True
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        with open(path, "rb") as file:
            while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
                digest.update(piece)
                left -= len(piece)
            return left == 0 and file.read() == digest.digest()
    except OSError:
        return False
