"""What the agent's processes have open, where /proc tells (Linux)."""

from __future__ import annotations

import os

MOST = 64  # processes that are looked at
DEPTH = 4  # generations: an agent may be a wrapper around its program


def open_files(pid: int) -> set[str]:
    """Paths of the files that ``pid`` and its descendants have open; empty where nobody knows."""
    found: set[str] = set()
    for process in family(pid):
        folder = f"/proc/{process}/fd"
        try:
            descriptors = os.listdir(folder)
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                target = os.readlink(f"{folder}/{descriptor}")
            except OSError:
                continue
            if target.startswith("/"):
                found.add(target)
    return found


def family(pid: int) -> list[int]:
    """``pid`` and its descendants, nearest first, within the limits above."""
    generation, everyone = [pid], [pid]
    for _ in range(DEPTH):
        generation = [child for parent in generation for child in _children(parent)]
        everyone += generation
        if not generation or len(everyone) >= MOST:
            break
    return everyone[:MOST]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        return found
    return found
