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


def described(pid: int) -> tuple[list[str], dict[str, str], str] | None:
    """Command line, environment at its start, and directory of a process of ours; None if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            argv = os.fsdecode(file.read(1 << 20)).rstrip("\0").split("\0")
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = os.fsdecode(file.read(4 << 20)).split("\0")
        cwd = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None
    env = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return (argv, env, cwd) if argv[0] else None
