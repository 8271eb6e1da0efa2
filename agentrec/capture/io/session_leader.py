"""The leader of the command's session: a small process between the recorder and the command.

A shell is the parent of what it runs, in the same session but in another process group. The leader
stands in for that shell. Without it the command would lead its session itself, its process group would
be orphaned, and the kernel drops SIGTSTP for such a group: Ctrl-Z and vim's ``:stop`` would do nothing.
It reports when the command stops, continues and ends.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

RECORD_BYTES = 4  # a report: the command's pid first, then wait statuses as os.waitpid() gives them
_IGNORED = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGPIPE,
    signal.SIGWINCH,
)


def lead(report_fd: int, *, has_terminal: bool = True) -> None:
    """Become the leader, and return only in a new process, which is to run the command.

    Called in a session leader whose standard input is its controlling terminal, if it has one. The new
    process has a process group of its own, in the foreground of that terminal. The leader writes to
    ``report_fd`` and ends when the command has ended, or with the terminal (SIGHUP).
    """
    # Ignored, it would hide how the command ends, which may be before the leader does anything.
    before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        _lead(pid, report_fd)
    signal.signal(signal.SIGCHLD, before)
    os.close(report_fd)
    os.setpgid(0, 0)
    if has_terminal:
        _to_foreground(0, os.getpid())


def _lead(pid: int, report_fd: int) -> NoReturn:
    try:
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        # A descriptor of the terminal would keep it open after the command has ended.
        os.closerange(0, report_fd)
        os.closerange(report_fd + 1, os.sysconf("SC_OPEN_MAX"))
        _report(report_fd, pid)
        _wait(pid, report_fd)
    finally:
        os._exit(0)


def _wait(pid: int, report_fd: int) -> None:
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            _take_terminal()
            _report(report_fd, status)
            return
        _report(report_fd, status)


def _take_terminal() -> None:
    """As a shell does after a command: when the leader ends, the foreground group gets SIGHUP."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR)
        os.tcsetpgrp(fd, os.getpgrp())
        os.close(fd)
    except OSError:
        return  # the terminal is gone


def _to_foreground(fd: int, group: int) -> None:
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # which a background group gets for it
    try:
        os.tcsetpgrp(fd, group)
    finally:
        signal.signal(signal.SIGTTOU, before)


def _report(fd: int, value: int) -> None:
    try:
        os.write(fd, value.to_bytes(RECORD_BYTES, "little"))
    except OSError:
        return  # the recorder is gone; so is the terminal, soon
