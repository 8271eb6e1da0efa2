"""The job that the recorder belongs to: the processes of a pipeline, which share a process group."""

from __future__ import annotations

import os

_ENDED = (b"Z", b"X")


def others() -> bool:
    """Whether the job has processes that neither wait for the recorder nor were started by it.

    False where there is no /proc.
    """
    table = _processes()
    me, group = os.getpid(), os.getpgrp()
    ancestors = set(_line(table, os.getppid()))
    for pid, (_, process_group) in table.items():
        if process_group == group and pid not in ancestors and me not in _line(table, pid):
            return True
    return False


def _line(table: dict[int, tuple[int, int]], pid: int) -> list[int]:
    """``pid`` and its ancestors."""
    line = []
    while pid in table and pid not in line:
        line.append(pid)
        pid = table[pid][0]
    return line


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and process group of every process that has not ended."""
    table = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    for name in names:
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:  # it has ended
            continue
        if len(fields) > 2 and fields[0] not in _ENDED:
            table[int(name)] = (int(fields[1]), int(fields[2]))
    return table
