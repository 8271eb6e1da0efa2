"""The directory of control sockets, which only its owner may enter."""

from __future__ import annotations

import os
import stat
import time

SUFFIX = ".sock"
PIPE_SUFFIX = ".events"
# A socket's name has to fit into 104 bytes on macOS, 108 on Linux, and an id takes up to 60.
_LONGEST = 40


def candidates(env: dict[str, str]) -> list[str]:
    """Where the sockets may be, best place first. ``env``: the process environment."""
    private = env.get("XDG_RUNTIME_DIR", "")
    places = [f"/tmp/agentrec-{os.getuid()}"]  # noqa: S108  # checked for owner and mode below
    if os.path.isabs(private) and len(os.fsencode(private)) <= _LONGEST:
        places.insert(0, os.path.join(private, "agentrec"))
    return places


def prepare(env: dict[str, str]) -> str:
    """A directory for the socket, made if need be; empty when none is safe to use."""
    for place in candidates(env):
        try:
            os.mkdir(place, 0o700)
        except FileExistsError:
            pass
        except OSError:
            continue
        if is_ours(place):
            return place
    return ""


def is_ours(place: str) -> bool:
    """Whether this is a real directory of ours that nobody else may enter."""
    try:
        info = os.lstat(place)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077


def sockets(env: dict[str, str]) -> list[str]:
    """The control sockets of recordings started in an environment like ``env``, oldest first.

    Some may belong to recorders that were killed.
    """
    place = prepare(env)
    if not place:
        return []
    names = (name for name in os.listdir(place) if name.endswith(SUFFIX))
    return sorted((os.path.join(place, name) for name in names), key=_made)


def _made(path: str) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def make_pipe(socket_path: str) -> tuple[str, int]:
    """A named pipe for events beside the control socket: its path and a descriptor that holds it open.

    Nobody's line is lost then, however early it comes. An empty path and -1 where that cannot be.
    """
    path = socket_path.removesuffix(SUFFIX) + PIPE_SUFFIX
    try:
        os.mkfifo(path, 0o600)
        return path, os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return "", -1


def sweep(folder: str, *, older: float = 60.0) -> None:
    """Remove what killed recorders left behind: older than ``older`` seconds, and unanswered."""
    import socket

    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if time.time() - _made(path) < older:
            continue
        if name.endswith(PIPE_SUFFIX):
            _sweep_pipe(path)
        if not name.endswith(SUFFIX):
            continue
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            try:
                client.connect(path)
            except ConnectionRefusedError:
                remove(path)
            except OSError:
                continue


def _sweep_pipe(path: str) -> None:
    if not _has_reader(path):
        remove(path)


def recorder_lives(socket_path: str) -> bool:
    """Whether the recorder of this socket runs, also before it listens: it holds its pipe from the start."""
    return _has_reader(socket_path.removesuffix(SUFFIX) + PIPE_SUFFIX)


def _has_reader(pipe: str) -> bool:
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def remove(path: str) -> None:
    """Unlink ``path`` if that can be done."""
    try:
        os.unlink(path)
    except OSError:
        return
