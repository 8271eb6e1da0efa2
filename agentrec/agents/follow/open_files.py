"""An agent's processes and the files they have open, from /proc (Linux)."""

from __future__ import annotations

import os

MAX_PROCESSES = 512
# An agent may be a wrapper around its program, in a shell in a loop in a script.
MAX_GENERATIONS = 8
_ARGV_LIMIT_BYTES = 1 << 20
_ENVIRON_LIMIT_BYTES = 4 << 20


def open_files(pid: int) -> set[str]:
    """Return paths of the files that ``pid`` and its descendants have open; empty without /proc."""
    paths: set[str] = set()
    for process in process_tree(pid):
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
                paths.add(target)
    return paths


def process_tree(pid: int) -> list[int]:
    """Return ``pid`` and its descendants, nearest first, within the limits above."""
    generation, pids = [pid], [pid]
    for _ in range(MAX_GENERATIONS):
        generation = [child for parent in generation for child in _children(parent)]
        pids += generation
        if not generation or len(pids) >= MAX_PROCESSES:
            break
    return pids[:MAX_PROCESSES]


def _children(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                children += map(int, file.read().split())
    except OSError:
        return children
    return children


def started_at(pid: int) -> str:
    """Return when a process started, in the kernel's ticks since boot; empty if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name before may hold blanks and parentheses.
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def read_process(pid: int) -> tuple[list[str], dict[str, str], str] | None:
    """Return command line, initial environment and directory of a process of ours; None if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            argv = os.fsdecode(file.read(_ARGV_LIMIT_BYTES)).rstrip("\0").split("\0")
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = os.fsdecode(file.read(_ENVIRON_LIMIT_BYTES)).split("\0")
        cwd = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None
    env = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return (argv, env, cwd) if argv[0] else None
