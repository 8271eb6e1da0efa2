"""What agents share that open a copy of their session, cut at the point."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.agents.resume.launch import command_line
from agentrec.agents.resume.resumption import TRIMMED_TRANSCRIPT, WHOLE_CONVERSATION, Resumption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agentrec.agents.resume.resumption import ResumeRequest


def open_copy(
    request: ResumeRequest,
    session_option: Sequence[str],
    *,
    env: dict[str, str],
    path: str,
    content: Callable[[], Iterable[bytes]],
) -> Resumption:
    """Return a resumption that opens the copy at ``path`` with ``session_option``, as its own session."""
    argv, notes = command_line(request, request.message, [*request.extra, *session_option])
    moved = request.point.moved_to(request.new_cwd)
    if moved is not None:
        notes.append(f"paths in earlier messages still name {moved[0]}")
    return Resumption(TRIMMED_TRANSCRIPT, WHOLE_CONVERSATION, argv, env, notes, {path: content})


def agent_home(request: ResumeRequest, variable: str, default: str) -> tuple[str, dict[str, str]]:
    """Return the agent's own directory, and the ``variable`` that names it if that has to be set again.

    ``default`` is its path below the user's home.
    """
    now = request.env.get(variable) or ""
    if now:
        return os.path.join(request.new_cwd, os.path.expanduser(now)), {}
    recorded = request.point.home.get(variable, "")
    if _is_own_directory(recorded):
        return recorded, {variable: recorded}
    return os.path.join(request.env.get("HOME") or os.path.expanduser("~"), default), {}


def _is_own_directory(folder: str) -> bool:
    """Return whether our user owns it: recordings are untrusted, and an agent's settings can run code."""
    try:
        return os.path.isabs(folder) and os.stat(folder).st_uid == os.geteuid()
    except OSError:
        return False
