"""Which recordings are still to be packed: finished, but not yet as small and as fast to seek as can be.

A file for each in the data directory's ``packing``. A process of its own packs them, one for each user, see
:mod:`agentrec.terminal.seek.packing`. On the start path of `record`: imports are light here.
"""

import hashlib
import json
import os
import sys

from agentrec.atomic import PART, write_atomic
from agentrec.config import NoHomeError, data_home
from agentrec.locks import is_locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK = "lock"
_FOLDER = "packing"
_WORKER = "agentrec.terminal.seek.packing"


def folder(env: "Mapping[str, str]") -> str:
    """Where the queue is. Raises NoHomeError."""
    return os.path.join(data_home(env), _FOLDER)


def waiting(env: "Mapping[str, str]") -> "dict[str, int]":
    """The recordings to be packed: their paths, and how often that was tried."""
    try:
        where = folder(env)
        names = sorted(os.listdir(where))
    except (NoHomeError, OSError):
        return {}
    found = {}
    for name in names:
        if name == LOCK or name.endswith(PART):
            continue
        try:
            with open(os.path.join(where, name), "rb") as file:
                path, tries = json.loads(file.read())
        except (OSError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(path, str) and type(tries) is int:
            found[path] = tries
    return found


def add(path: str, env: "Mapping[str, str]", *, tries: int = 0) -> None:
    """Note that ``path`` is to be packed. Raises NoHomeError, OSError."""
    where = folder(env)
    os.makedirs(where, mode=0o700, exist_ok=True)
    path = os.path.realpath(path)
    write_atomic(os.path.join(where, _name(path)), json.dumps([path, tries]).encode())


def remove(path: str, env: "Mapping[str, str]") -> None:
    """Note that ``path`` is packed, or never will be."""
    try:
        os.unlink(os.path.join(folder(env), _name(os.path.realpath(path))))
    except (NoHomeError, OSError):
        return


def is_running(env: "Mapping[str, str]") -> bool:
    """Whether a process is at work."""
    try:
        fd = os.open(os.path.join(folder(env), LOCK), os.O_RDONLY | os.O_CLOEXEC)
    except (NoHomeError, OSError):
        return False
    try:
        return is_locked(fd)
    finally:
        os.close(fd)


def start_worker(env: "Mapping[str, str]") -> None:
    """Have the queue worked off by a process that outlives this one and its terminal. Raises OSError."""
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", _WORKER],
            env,
            file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in range(3)],
            setsid=True,  # at once: the terminal may be closed before Python has started
        )
    finally:
        os.close(null)


def _name(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
