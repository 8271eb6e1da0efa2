"""Whose a session's folder is: the process that has it open leaves ``inuse.PID.lock`` there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.agents.follow.open_files import started_at
from agentrec.agents.follow.tail import first_record, names
from agentrec.json_values import table

if TYPE_CHECKING:
    from collections.abc import Collection


def is_held_by(folder: str, processes: Collection[int]) -> bool:
    """Return whether one of these processes has the session open."""
    return any(pid in processes for pid in _holders(folder))


def is_free(folder: str) -> bool:
    """Return whether no running process has the session open."""
    return not any(started_at(pid) for pid in _holders(folder))


def started_in(path: str, cwd: str) -> bool:
    """Return whether the session with the events in ``path`` began in that directory."""
    return table(table(first_record(path).get("data")).get("context")).get("cwd") == cwd


def _holders(folder: str) -> list[int]:
    parts = [name.split(".") for name in names(folder)]
    return [
        int(part[1])
        for part in parts
        if len(part) == 3 and part[0] == "inuse" and part[2] == "lock" and part[1].isdecimal()
    ]
