"""An agent's processes and the files they have open, from /proc (Linux)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

MAX_PROCESSES = 512
# An agent may be a wrapper around its program, in a shell in a loop in a script.
MAX_GENERATIONS = 8
_ARGV_LIMIT_BYTES = 1 << 20
_ENVIRON_LIMIT_BYTES = 4 << 20


def open_files(pid: int) -> set[str]:
    """Return paths of the files that ``pid`` and its descendants have open; empty without /proc."""
    return {path for process in process_tree(pid) for path in _open_in(process)}


def holders(paths: Collection[str]) -> dict[str, list[int]]:
    """Return the processes that have each of ``paths`` open; nothing without /proc."""
    found: dict[str, list[int]] = {}
    for name in _names("/proc") if paths else ():
        if name.isdecimal():
            for path in _open_in(int(name)).intersection(paths):
                found.setdefault(path, []).append(int(name))
    return found


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _open_in(pid: int) -> set[str]:
    folder = f"/proc/{pid}/fd"
    paths: set[str] = set()
    for descriptor in _names(folder):
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
