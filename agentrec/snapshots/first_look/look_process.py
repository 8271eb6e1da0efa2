"""The look at a directory before the recorded command starts, as the recorder sees it.

A fork of the recorder looks while the recorder gets ready. The fork needs no new interpreter, and what it
loads does not delay the recorder.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import select
import time

from agentrec.config import NoHomeError, config_file, parse_toml, read_plain
from agentrec.snapshots.scan.workspace import find_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

# How long anybody waits. A look at 50,000 files takes a fraction of a second on a quiet machine.
LOOK_TIMEOUT_SECONDS = 10.0
_READY, _CHANGED, _TAKE = b"r", b"?", b"!"  # see ``look_loop``
_LOOKED_ALL, _LOOKED_UNREAD = b"1", b"2"
_YES = b"y"
_MAX_SETTINGS_BYTES = 1 << 20


def begin_look(env: Mapping[str, str]) -> LookProcess | None:
    """Begin to look at the workspace of the current directory; None where no snapshots are taken."""
    try:
        cwd = os.getcwd()
        root = find_workspace(cwd, env)
        return LookProcess(root, cwd, env) if root and _is_enabled(env) else None
    except OSError:
        return None


def _is_enabled(env: Mapping[str, str]) -> bool:
    try:
        data = read_plain(config_file(env), _MAX_SETTINGS_BYTES)
    except (OSError, NoHomeError):
        return True
    if b"enabled" not in data:
        return True
    try:
        return parse_toml(data)["snapshots"]["enabled"] is not False
    except (ValueError, KeyError, TypeError):
        return True


class LookProcess:
    """A running look at the directory ``root``, started when made. No thread may run yet.

    ``began``   when it was started, ns since the epoch
    ``in_time`` whether it was done before the command started
    ``unread``  whether there are files without another copy that it has not read
    ``result_fd`` a file with what it has seen, once it is taken
    """

    def __init__(self, root: str, cwd: str, env: Mapping[str, str]) -> None:
        """Raises OSError."""
        self.began = time.time_ns()
        self.in_time = self.unread = self.is_taken = False
        self.result_fd = _nameless_file()
        self._replies, reply_fd = os.pipe()
        request_fd, self._requests = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            _look(root, cwd, env, (request_fd, reply_fd, self.result_fd))
        os.close(request_fd)
        os.close(reply_fd)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to wait for."""
        return bool(select.select([self._replies], [], [], 0)[0])

    def wait(self) -> None:
        """Wait until it has looked; the command may start then."""
        reply = self._ask(_READY, LOOK_TIMEOUT_SECONDS)
        self.in_time = reply in (_LOOKED_ALL, _LOOKED_UNREAD)
        self.unread = reply == _LOOKED_UNREAD

    def has_changed(self) -> bool:
        """Whether a file has changed since."""
        return self.in_time and self._ask(_CHANGED, LOOK_TIMEOUT_SECONDS) == _YES

    @property
    def can_take(self) -> bool:
        """Whether ``take`` makes sense: it has looked, and was not taken yet."""
        return self.in_time and not self.is_taken

    def take(self, recording: str) -> tuple[int, int]:
        """Let it become the process that takes snapshots: where to read its replies, and to write to it.

        These are the caller's then. Raises OSError.
        """
        self.is_taken = True
        os.write(self._requests, _TAKE + os.fsencode(recording) + b"\n")
        return self._replies, self._requests

    def close(self) -> None:
        """End it, unless it was taken."""
        os.close(self.result_fd)
        if self.is_taken:
            return
        import signal

        os.close(self._requests)
        os.close(self._replies)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except OSError:
            return

    def _ask(self, request: bytes, timeout_seconds: float) -> bytes:
        """The reply, empty if there is none in time."""
        try:
            os.write(self._requests, request)
            if select.select([self._replies], [], [], timeout_seconds)[0]:
                return os.read(self._replies, 1)
        except OSError:
            pass  # it has ended
        return b""


def _look(root: str, cwd: str, env: Mapping[str, str], fds: tuple[int, int, int]) -> NoReturn:
    """In the fork."""
    try:
        os.setpgid(0, 0)  # signals from the terminal are not for it
        null = os.open(os.devnull, os.O_WRONLY)
        result_fd = os.dup(fds[2])
        for fd, to in ((fds[0], 0), (fds[1], 1), (null, 2)):
            os.dup2(fd, to)
        os.closerange(3, result_fd)
        os.closerange(result_fd + 1, os.sysconf("SC_OPEN_MAX"))
        from agentrec.snapshots.first_look import look_loop

        look_loop.run(root, cwd, env, result_fd)
    finally:
        os._exit(1)


def _nameless_file() -> int:
    """A file without a name, for the result. Raises OSError."""
    try:
        return os.memfd_create("agentrec-look")
    except (AttributeError, OSError):  # not on this system
        pass
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"agentrec-look-{os.urandom(8).hex()}")  # noqa: S108
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.unlink(path)
    return fd
