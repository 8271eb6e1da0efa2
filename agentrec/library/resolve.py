"""Recordings by name: what somebody may write where a FILE is asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, InputError
from agentrec.library.discovery import ENDING, scan
from agentrec.library.locations import recordings_folder
from agentrec.recording_registry import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST = "last"
_SHOWN = 3  # of several that are meant


def resolve(name: str, env: Mapping[str, str]) -> str:
    """The path of the recording that ``name`` means: a file, an id, its beginning or end, or ``last``.

    What means no recording is given back as it is, for whoever opens it to complain.
    Raises InputError when several are meant.
    """
    if not name or name == "-" or os.path.lexists(name) or os.sep in name or name.endswith(ENDING):
        return name
    try:
        known = _known(env)
    except AgentrecError:  # no home
        return name
    if name == LAST:
        there = {path: _modified(path) for path in known}
        return max(there, key=lambda path: there[path], default=name)
    exact = [path for path, its in known.items() if its == name]
    found = exact or [
        path for path, its in known.items() if its.startswith(name) or its.endswith(f"-{name}")
    ]
    if len(found) > 1:
        ids = sorted({known[path] for path in found}, reverse=True)
        more = ", ..." if len(ids) > _SHOWN else ""
        raise InputError(
            f"{name} may be any of {len(found)} recordings",
            f"write one of {', '.join(ids[:_SHOWN])}{more}, or a path",
        )
    return found[0] if found else name


def _known(env: Mapping[str, str]) -> dict[str, str]:
    """Every recording that can be meant, by path, with its id."""
    found, _ = scan(recordings_folder(env))
    named = {path: os.path.basename(path).removesuffix(ENDING) for path in found}
    return {path: name for path, name in remembered(env).items() if os.path.isfile(path)} | named


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
