"""Which conversation a running Claude Code has: it says so in a file named after its process."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.agents.follow.open_files import process_tree, started_at
from agentrec.agents.follow.tail import names
from agentrec.config import read_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

_FILE_LIMIT_BYTES = 1 << 20


def sessions_of(home: str, pid: int) -> Iterator[tuple[str, str]]:
    """Yield (session id, directory) of each Claude Code among ``pid`` and its descendants."""
    folder = os.path.join(home, "sessions")
    if not os.path.isdir(folder):
        return
    for process in process_tree(pid):
        session = _read(os.path.join(folder, f"{process}.json"))
        session_id, cwd = session.get("sessionId"), session.get("cwd")
        if isinstance(session_id, str) and isinstance(cwd, str) and _is_of(session, process):
            yield os.path.basename(session_id), cwd


def live_sessions(home: str, pid: int) -> set[str]:
    """Return the ids of conversations that running processes have which are not below ``pid``."""
    folder, ours = os.path.join(home, "sessions"), set(process_tree(pid))
    found = set()
    for name in names(folder):
        process = name.removesuffix(".json")
        if not process.isdecimal() or int(process) in ours or not started_at(int(process)):
            continue
        session = _read(os.path.join(folder, name))
        if _is_of(session, int(process)):
            found.add(str(session.get("sessionId")))
    return found


def _read(path: str) -> JsonObject:
    try:
        session = json.loads(read_plain(path, _FILE_LIMIT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return session if isinstance(session, dict) else {}


def _is_of(session: JsonObject, pid: int) -> bool:
    """Return whether the file is about this process, not an earlier one with the same number."""
    start = session.get("procStart")
    return start is None or str(start) == started_at(pid)
