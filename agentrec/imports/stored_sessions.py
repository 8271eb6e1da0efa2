"""Sessions of agents on this machine: where each agent keeps them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.claude.session_files import SUB_AGENT
from agentrec.agents.cline.companion import Cline
from agentrec.agents.cline.session import SUFFIX as CLINE
from agentrec.agents.copilot.companion import EVENTS
from agentrec.agents.opencode.companion import database_paths
from agentrec.agents.opencode.stored_files import StoredFiles, session_paths
from agentrec.agents.resume.zstd import SUFFIX as ZSTD
from agentrec.config import home_of
from agentrec.imports.aider_sessions import chat_histories, sections
from agentrec.json_values import count
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Env = Mapping[str, str]

SUFFIX = ".jsonl"
_DOCUMENT = ".json"  # of older versions of Gemini CLI
_ROLLOUT = "rollout-"
# Of the name of a rollout: rollout-2026-01-31T14-22-33-ID.jsonl
_ROLLOUT_ID_CHARS = 36


class StoredSession(NamedTuple):
    """A session: its agent's name, its id, the file, and the file's size and time (ns).

    Of a file that holds several, ``offset`` is where this one begins; size and time are its own.
    """

    agent: str
    id: str
    path: str
    size: int
    modified: int
    offset: int = 0


def stored_sessions(agent: str, env: Env) -> list[StoredSession]:
    """All sessions of an agent in FINDERS, the newest first. Of several files of one id the newest counts."""
    found = sorted(FINDERS[agent](env), key=lambda session: session.modified, reverse=True)
    by_id: dict[str, StoredSession] = {}
    for session in found:
        by_id.setdefault(session.id, session)
    return list(by_id.values())


def _aider(env: Env) -> Iterator[StoredSession]:
    for path in chat_histories(env, os.getcwd()):
        for file in _session("aider", "", path):
            with suppress(OSError):
                for one in sections(path):
                    at = round(one.modified * NS_PER_SECOND)
                    size = one.stop - one.start
                    yield StoredSession(file.agent, one.id, path, size, at, one.start)


def _claude(env: Env) -> Iterator[StoredSession]:
    projects = os.path.join(_home(env, "CLAUDE_CONFIG_DIR", ".claude"), "projects")
    for folder in _entries(projects):
        for name in _entries(os.path.join(projects, folder)):
            if name.endswith(SUFFIX) and not name.startswith(SUB_AGENT):
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


def _gemini(env: Env) -> Iterator[StoredSession]:
    top = os.path.join(_home(env, "GEMINI_CLI_HOME", ""), ".gemini", "tmp")
    for folder in _folders(top):
        yield from _files("gemini-cli", os.path.join(folder, "chats"), (SUFFIX, _DOCUMENT))


def _qwen(env: Env) -> Iterator[StoredSession]:
    for folder in _folders(os.path.join(_home(env, "QWEN_HOME", ".qwen"), "projects")):
        yield from _files("qwen-code", os.path.join(folder, "chats"))


def _pi(env: Env) -> Iterator[StoredSession]:
    home = _home(env, "PI_CODING_AGENT_DIR", os.path.join(".pi", "agent"))
    for folder in _folders(os.path.join(home, "sessions")):
        yield from _files("pi", folder)


def _copilot(env: Env) -> Iterator[StoredSession]:
    for folder in _folders(os.path.join(_home(env, "COPILOT_HOME", ".copilot"), "session-state")):
        yield from _session("copilot", os.path.basename(folder), os.path.join(folder, EVENTS))


def _cline(env: Env) -> Iterator[StoredSession]:
    """A session has a document, and one for each sub-agent. They are written anew as it goes on."""
    agent = Cline(["cline"])
    agent.attach(dict(env), home_of(env), 0.0)
    for folder in _folders(agent.sessions_folder()):
        identity = os.path.basename(folder)
        documents = [
            os.path.join(folder, name) for name in _entries(folder) if name.endswith(CLINE)
        ]
        for session in _session("cline", identity, os.path.join(folder, identity + CLINE)):
            all_of_it = [one for path in documents for one in _session("cline", identity, path)]
            size = sum(one.size for one in all_of_it)
            yield session._replace(size=size, modified=max(one.modified for one in all_of_it))


def _files(
    agent: str, folder: str, endings: tuple[str, ...] = (SUFFIX,)
) -> Iterator[StoredSession]:
    """The files in a folder with one of these endings: a session each."""
    for name in _entries(folder):
        if name.endswith(endings):
            yield from _session(agent, os.path.splitext(name)[0], os.path.join(folder, name))


def _folders(top: str) -> list[str]:
    return [os.path.join(top, name) for name in _entries(top)]


def _opencode(env: Env) -> Iterator[StoredSession]:
    yield from _of_opencode(env, "opencode")


def _kilo(env: Env) -> Iterator[StoredSession]:
    yield from _of_opencode(env, "kilo")


def _of_opencode(env: Env, program: str) -> Iterator[StoredSession]:
    """Sessions in all databases of opencode, or of a fork of it; in files, unless a database has them."""
    folder = os.path.join(_home(env, "XDG_DATA_HOME", os.path.join(".local", "share")), program)
    taken_over = set()
    for path in database_paths(folder, program, env):
        for database in _session(program, "", path):
            for session in sessions_in_database(database):
                taken_over.add(session.id)
                yield session
    for path in session_paths(folder):
        files = StoredFiles(path)
        if files.id not in taken_over:
            for session in _session(program, files.id, path):
                size, modified = files.size_and_time()
                yield session._replace(size=size, modified=modified)


def sessions_in_database(database: StoredSession) -> Iterator[StoredSession]:
    """Its sessions, each as large as what was said in it, and as old as the last of that."""
    import sqlite3

    from agentrec.agents.opencode.stored_database import open_database

    try:
        connection = open_database(database.path)
    except sqlite3.Error:
        return
    try:
        sizes: dict[str, list[int]] = {}
        for query in _SIZES:
            with suppress(sqlite3.Error):  # one version lacks the tables of the other
                for identity, size, updated in connection.execute(query).fetchall():
                    known = sizes.setdefault(str(identity), [0, 0])
                    known[:] = known[0] + count(size), max(known[1], count(updated))
    finally:
        connection.close()
    for identity, (size, updated) in sizes.items():
        yield database._replace(id=identity, size=size, modified=updated * NS_PER_MS)


# What was said in each session but those of sub-agents: in characters, and until when (ms).
_SIZES = (
    """select session.id, sum(length(part.data)), max(part.time_updated) from session
       join part on part.session_id = session.id where session.parent_id is null group by 1""",
    """select session.id, sum(length(said.data)), max(said.time_updated) from session
       join session_message said on said.session_id = session.id
       where session.parent_id is null group by 1""",
    """select session.id, sum(length(said.data)), max(said.time_updated) from session_v2 session
       join session_message said on said.session_id = session.id
       where session.parent_id is null group by 1""",
)
# Agents that keep all sessions in a database; older versions, in files.
DATABASES = frozenset({"kilo", "opencode"})

FINDERS: Mapping[str, Callable[[Env], Iterator[StoredSession]]] = {
    "aider": _aider,
    "claude": _claude,
    "cline": _cline,
    "codex": _codex,
    "copilot": _copilot,
    "gemini": _gemini,
    "kilo": _kilo,
    "opencode": _opencode,
    "pi": _pi,
    "qwen": _qwen,
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
    is_file = stat.S_ISREG(status.st_mode) and status.st_size
    if is_file and status.st_uid == os.geteuid() and os.access(path, os.R_OK):
        yield StoredSession(agent, identity, path, status.st_size, status.st_mtime_ns)


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
