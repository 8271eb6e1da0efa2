"""The files that hold a part of a session besides its own."""

from __future__ import annotations

import os

from agentrec.agents.aider.chat_times import INPUT_HISTORY, MODEL_HISTORY
from agentrec.agents.claude.session_files import SUB_AGENT_FOLDER
from agentrec.agents.cline.session import SUFFIX as CLINE
from agentrec.agents.follow.tail import names
from agentrec.agents.opencode.stored_files import StoredFiles, is_session_file
from agentrec.imports.stored_sessions import DATABASES

_MAX_FILES = 10_000


def state_beside(agent: str, path: str) -> list[tuple[str, int, int]]:
    """Name, size and time of what is beside the session of ``agent`` at ``path``, as it is now."""
    found = []
    for beside in _files_beside(agent, path)[:_MAX_FILES]:
        try:
            status = os.stat(beside)
        except OSError:
            continue
        found.append((beside, status.st_size, status.st_mtime_ns))
    return found


def _files_beside(agent: str, path: str) -> list[str]:
    folder = os.path.dirname(path)
    if agent in DATABASES:
        if not is_session_file(path):
            return [path + "-wal"]
        files = StoredFiles(path)
        return [one for session in (files, *files.sub_agents()) for one in session.all()]
    if agent == "claude-code":
        folder = os.path.join(os.path.splitext(path)[0], SUB_AGENT_FOLDER)
        return [os.path.join(folder, name) for name in names(folder)]
    if agent == "cline":
        return [os.path.join(folder, name) for name in names(folder) if name.endswith(CLINE)]
    if agent == "aider":
        return [os.path.join(folder, name) for name in (INPUT_HISTORY, MODEL_HISTORY)]
    return []
