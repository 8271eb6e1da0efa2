"""The directory of control sockets, which only its owner may enter."""

from __future__ import annotations

import _socket  # the module around it loads slowly
import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX = ".sock"
PIPE_SUFFIX = ".events"
# A socket's path has to fit into 104 bytes on macOS, 108 on Linux, and an id takes up to 60.
_MAX_FOLDER_BYTES = 40
_BACKLOG = 64


def candidates(env: Mapping[str, str]) -> list[str]:
    """Where the sockets may be, the best directory first. ``env``: the process environment."""
    private = env.get("XDG_RUNTIME_DIR", "")
    folders = [f"/tmp/agentrec-{os.getuid()}"]  # noqa: S108  # checked for owner and mode below
    fits = os.path.isabs(private) and len(os.fsencode(private)) <= _MAX_FOLDER_BYTES
    if fits and _owner(private) == os.getuid():  # with `sudo -E` it is another user's
        folders.insert(0, os.path.join(private, "agentrec"))
    return folders


def prepare(env: Mapping[str, str]) -> str:
    """A directory for the socket, made if need be; empty when none is safe to use."""
    for folder in candidates(env):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            pass
        except OSError:
            continue
        if is_ours(folder):
            return folder
    return ""


def _owner(path: str) -> int:
    try:
        return os.stat(path).st_uid
    except OSError:
        return -1


def is_ours(folder: str) -> bool:
    """Whether this is a real directory of ours that nobody else may enter."""
    try:
        info = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077


def sockets(env: Mapping[str, str]) -> list[str]:
    """The control sockets of recordings started in an environment like ``env``, oldest first.

    Some may belong to recorders that were killed.
    """
    folder = prepare(env)
    if not folder:
        return []
    names = (name for name in os.listdir(folder) if name.endswith(SUFFIX))
    return sorted((os.path.join(folder, name) for name in names), key=_modified_at)


def _modified_at(path: str) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def listen(path: str) -> int:
    """A descriptor of a socket that listens at ``path``: whoever comes early waits there. -1 where there can
    be none."""
    listener = _socket.socket(_socket.AF_UNIX)
    old_umask = os.umask(0o177)
    try:
        listener.bind(path)
        listener.listen(_BACKLOG)
        return listener.detach()
    except OSError:
        listener.close()
        return -1
    finally:
        os.umask(old_umask)


def make_pipe(socket_path: str) -> tuple[str, int]:
    """A named pipe for events beside the control socket: its path and a descriptor that holds it open.

    So no line is lost, however early it comes. An empty path and -1 where there can be no pipe.
    """
    path = socket_path.removesuffix(SUFFIX) + PIPE_SUFFIX
    try:
        os.mkfifo(path, 0o600)
        return path, os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return "", -1


def sweep(folder: str, *, min_age_seconds: float = 60.0) -> None:
    """Remove what killed recorders left behind: old enough, and nobody answers."""
    import socket

    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if time.time() - _modified_at(path) < min_age_seconds:
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


def is_recorder_running(socket_path: str) -> bool:
    """Whether this socket's recorder runs, even before it listens: it holds its pipe from the start."""
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
