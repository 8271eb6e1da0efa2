"""Sessions of agents on this machine: where each agent keeps them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.resume.zstd import SUFFIX as ZSTD
from agentrec.config import home_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Env = Mapping[str, str]

SUFFIX = ".jsonl"
_ROLLOUT = "rollout-"
# Of the name of a rollout: rollout-2026-01-31T14-22-33-ID.jsonl
_ROLLOUT_ID_CHARS = 36


class StoredSession(NamedTuple):
    """A session: its agent's name, its id, the file, and the file's size and time (ns)."""

    agent: str
    id: str
    path: str
    size: int
    modified: int


def stored_sessions(agent: str, env: Env) -> list[StoredSession]:
    """All sessions of an agent in FINDERS, the newest first."""
    found = FINDERS[agent](env)
    return sorted(found, key=lambda session: session.modified, reverse=True)


def _claude(env: Env) -> Iterator[StoredSession]:
    projects = os.path.join(_home(env, "CLAUDE_CONFIG_DIR", ".claude"), "projects")
    for folder in _entries(projects):
        for name in _entries(os.path.join(projects, folder)):
            if name.endswith(SUFFIX) and not name.startswith("agent-"):
                path = os.path.join(projects, folder, name)
                yield from _session("claude-code", name.removesuffix(SUFFIX), path)


def _codex(env: Env) -> Iterator[StoredSession]:
    home = _home(env, "CODEX_HOME", ".codex")
    for top in ("sessions", "archived_sessions"):
        for folder, _, names in os.walk(os.path.join(home, top)):
            for name in names:
                bare = name.removesuffix(ZSTD)
                if name.startswith(_ROLLOUT) and bare.endswith(SUFFIX):
                    identity = bare.removesuffix(SUFFIX)[-_ROLLOUT_ID_CHARS:]
                    yield from _session("codex", identity, os.path.join(folder, name))


FINDERS: Mapping[str, Callable[[Env], Iterator[StoredSession]]] = {
    "claude": _claude,
    "codex": _codex,
}


def _home(env: Env, variable: str, default: str) -> str:
    named = env.get(variable, "")
    return named if os.path.isabs(named) else os.path.join(home_of(env), default)


def _session(agent: str, identity: str, path: str) -> Iterator[StoredSession]:
    """The session, if its file is one of ours that can be read."""
    try:
        status = os.stat(path)
    except OSError:
        return
    if status.st_uid == os.geteuid() and status.st_size and os.access(path, os.R_OK):
        yield StoredSession(agent, identity, path, status.st_size, status.st_mtime_ns)


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
