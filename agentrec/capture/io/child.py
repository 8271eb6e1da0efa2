"""The recorded program: found, started on its own PTY, signalled, waited for."""

from __future__ import annotations

import fcntl
import os
import signal
import termios
from errno import ENOENT, ENOEXEC, ENOTDIR

from ptyprocess import PtyProcess

from agentrec.capture.io import tty
from agentrec.capture.io.child_streams import ChildStreams
from agentrec.capture.io.session_leader import RECORD_BYTES, lead
from agentrec.errors import AgentrecError, ExitCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class CannotRunError(AgentrecError):
    """The command exists but cannot be executed."""

    code = ExitCode.CANNOT_RUN


class NotFoundError(AgentrecError):
    """The command does not exist."""

    code = ExitCode.NOT_FOUND


def find(name: str, path: str | None) -> str:
    """The file that runs as ``name``, looked up in ``path`` (a PATH value) as a shell would.

    Raises NotFoundError or CannotRunError.
    """
    if os.path.dirname(name):
        return _check(name, name)
    blocked = None
    for folder in (os.defpath if path is None else path).split(os.pathsep):
        file = os.path.join(folder or os.curdir, name)
        if os.path.isfile(file):
            if os.access(file, os.X_OK):
                return file
            blocked = blocked or file
    if blocked:
        return _check(name, blocked)
    raise NotFoundError(f"{name}: command not found", "is it installed and on your PATH?")


def _check(name: str, file: str) -> str:
    if not os.path.exists(file):
        raise NotFoundError(f"{name}: no such file")
    if os.path.isdir(file):
        raise CannotRunError(f"{name}: is a directory")
    if not os.access(file, os.X_OK):
        raise CannotRunError(f"{name}: not executable", f"chmod +x {file}")
    return file


class Program:
    """What to run: ``argv``, the ``file`` that its first word names, and the environment."""

    def __init__(self, argv: list[str], file: str, env: dict[str, str]) -> None:
        self.argv, self.file, self.env = argv, file, env


class _Pty(PtyProcess):  # type: ignore[misc]  # ptyprocess has no types
    """ptyprocess only spawns; our loop reads, writes, waits and closes."""

    closed = True  # its destructor must neither close nor kill, also when Ctrl-C came in __init__

    def __init__(self, pid: int, fd: int) -> None:
        self.pid, self.fd = pid, fd

    def setwinsize(self, rows: int, cols: int) -> None:
        """spawn() calls this after the start; without pixels, it would look like a resize."""


class Child:
    """A running program and the master side of its PTY (``fd``, non-blocking).

    ``reports`` is readable when it has stopped, continued or ended: then call ``reap()``. ``stopped``
    is the signal that stopped it, None while it runs; ``status`` is its wait status once it has
    ended, which ``code`` and ``signal`` decode.
    """

    def __init__(self, pid: int, fd: int, reports: int, leader: int) -> None:
        self.pid = pid
        self.fd = fd
        self.reports = reports
        self.stopped: int | None = None
        self.status: int | None = None
        self._leader = leader

    @property
    def code(self) -> int | None:
        """Exit code; None while it runs or when a signal ended it."""
        if self.status is None or os.WIFSIGNALED(self.status):
            return None
        return os.WEXITSTATUS(self.status)

    @property
    def signal(self) -> int | None:
        """The signal that ended it, or None."""
        if self.status is None or not os.WIFSIGNALED(self.status):
            return None
        return os.WTERMSIG(self.status)

    def reap(self) -> bool:
        """Whether it has ended; never waits."""
        while self.status is None:
            try:
                record = os.read(self.reports, RECORD_BYTES)
            except BlockingIOError:
                return False
            # Without a report the leader was killed, which hangs up the command's terminal.
            status = int.from_bytes(record, "little") if record else int(signal.SIGHUP)
            if os.WIFSTOPPED(status):
                self.stopped = os.WSTOPSIG(status)
            elif os.WIFCONTINUED(status):
                self.stopped = None
            else:
                self.status, self.stopped = status, None
        return True

    def close(self) -> None:
        """Let go of its terminal and its leader."""
        os.close(self.fd)
        os.close(self.reports)
        try:
            os.waitpid(self._leader, os.WNOHANG)
        except ChildProcessError:
            pass  # somebody ignores SIGCHLD

    def resume(self) -> None:
        """Continue it, and what runs in the foreground of its terminal, after a stop.

        Each of them once: to a program that has gone on meanwhile, a second signal is another one.
        """
        self.stopped = None
        group = self.send(signal.SIGCONT)
        if self.status is None and group != self.pid:
            _try(os.killpg, self.pid, signal.SIGCONT)

    def send(self, number: int, *, leader: bool = False) -> int:
        """Signal the foreground of its terminal; with ``leader`` the program itself too.

        Without a terminal, signal the program and what it has started. Returns the process group.
        """
        try:
            group = os.tcgetpgrp(self.fd)
        except OSError:
            group = 0
        if group > 0:
            _try(os.killpg, group, number)
        elif self.status is None:
            group = self.pid
            _try(os.killpg, group, number)
        if self.status is None and leader and group != self.pid:
            _try(os.kill, self.pid, number)
        return group

    def input_flags(self) -> int:
        """The local mode flags of its terminal (ICANON, ECHO, ISIG ...); 0 when it is gone."""
        try:
            flags: int = termios.tcgetattr(self.fd)[tty.LFLAG]
        except termios.error:
            return 0
        return flags

    def end_of_input(self) -> bytes:
        """The character that means end of input in its terminal."""
        try:
            char: bytes = termios.tcgetattr(self.fd)[tty.CC][termios.VEOF]
        except termios.error:
            return b"\x04"
        return char


def _try(kill: Callable[[int, int], None], target: int, number: int) -> None:
    try:
        kill(target, number)
    except (ProcessLookupError, PermissionError):
        return


def spawn(
    program: Program,
    size: tty.Size,
    attributes: tty.Attributes | None,
    streams: ChildStreams | None = None,
) -> Child:
    """Start ``program`` on a new PTY of ``size``. No thread may run yet.

    ``attributes`` are those of the user's terminal, which the child's takes over (erase key, UTF-8
    editing, flow control); None takes the kernel's. ``streams`` are its standard streams where they are
    not the PTY; their ends for the child are closed here. Raises CannotRunError or NotFoundError.
    """
    streams = streams or ChildStreams({})

    reports, report_fd = os.pipe()

    def start() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the recorder may hold some
        tty.set_size(0, size)
        _adopt(attributes)
        if not streams.has_terminal:
            _leave_terminal()
        lead(report_fd, has_terminal=streams.has_terminal)
        for target, fd in streams.child.items():
            os.dup2(fd, target)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them; programs do not
            signal.signal(number, signal.SIG_DFL)
        _execute(program)

    passed = (report_fd, *streams.child.values())
    try:
        # ptyprocess would run the program under its full path; exec in `start` keeps its name.
        pty = _Pty.spawn([program.file], preexec_fn=start, pass_fds=passed)
    except Exception as error:  # ptyprocess raises here what was raised in the child
        os.close(reports)
        streams.close()
        kind = NotFoundError if isinstance(error, FileNotFoundError) else CannotRunError
        raise kind(f"{program.argv[0]}: {_reason(error)}") from error
    finally:
        os.close(report_fd)
        streams.close_child()
    pid = int.from_bytes(os.read(reports, RECORD_BYTES), "little")
    os.set_blocking(pty.fd, False)
    os.set_blocking(reports, False)
    return Child(pid, pty.fd, reports, pty.pid)


def _leave_terminal() -> None:
    """Give up the controlling terminal: the command is to have none, as without us."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    fcntl.ioctl(0, termios.TIOCNOTTY)
    signal.signal(signal.SIGHUP, before)


def _adopt(attributes: tty.Attributes | None) -> None:
    if attributes is None:
        attributes = termios.tcgetattr(0)
        attributes[tty.IFLAG] |= getattr(termios, "IUTF8", 0)
    termios.tcsetattr(0, termios.TCSANOW, attributes)


def _execute(program: Program) -> None:
    file, argv, env = program.file, program.argv, program.env
    try:
        os.execve(file, argv, env)  # noqa: S606  # running it is the point
    except OSError as error:
        if error.errno == ENOEXEC:  # a script without a #! line runs in sh, as from a shell
            os.execve("/bin/sh", ["sh", file, *argv[1:]], env)  # noqa: S606
        if error.errno in (ENOENT, ENOTDIR):  # the file is there: its interpreter is not
            raise PermissionError("its interpreter does not exist") from error
        raise


def _reason(error: Exception) -> str:
    text = str(error)
    return text.partition("] ")[2].partition(": ")[0] if text.startswith("[Errno") else text
