"""The recorder's standard streams, and those it gives to the command.

A stream that is not a terminal does not become one: the command gets a pipe, whose other end is the
recorder's. A file or /dev/null on standard input is handed on as it is.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os
import stat

from agentrec.capture.io import tty

STREAMS = ("stdin", "stdout", "stderr")
TERMINAL, PIPE, FILE, DEVICE, SOCKET = "terminal", "pipe", "file", "device", "socket"
STDOUT = "stdout"  # what a stderr is that goes where stdout goes (2>&1)


def stream_kinds() -> list[str]:
    """What the three streams are: ``terminal``, ``pipe``, ``file``, ``device``, ``socket``, or, for
    standard error that goes where standard output goes and is not a terminal, ``stdout``."""
    kinds = [_kind(fd) for fd in range(3)]
    may_be_one = kinds[2] == kinds[1] and kinds[1] not in (TERMINAL, DEVICE)
    if may_be_one and os.path.samestat(os.fstat(1), os.fstat(2)):
        kinds[2] = STDOUT
    return kinds


def _kind(fd: int) -> str:
    if tty.is_tty(fd):
        return TERMINAL
    mode = os.fstat(fd).st_mode
    if stat.S_ISFIFO(mode):
        return PIPE
    if stat.S_ISREG(mode):
        return FILE
    return SOCKET if stat.S_ISSOCK(mode) else DEVICE


def position(fd: int) -> int:
    """Where the next byte of a file is read; 0 for anything else."""
    try:
        return os.lseek(fd, 0, os.SEEK_CUR)
    except OSError:
        return 0


class ChildStreams:
    """The command's standard streams, where they are not its terminal.

    ``child`` maps 0, 1 and 2 to descriptors for the command; ``ends`` the same to those of the recorder:
    to write for standard input, to read for the others. ``has_terminal``: there is a terminal that the
    command may open. ``start`` is the position of standard input, if that is a file.
    """

    def __init__(self, child: dict[int, int], *, has_terminal: bool = True) -> None:
        self.child, self.has_terminal = child, has_terminal
        self.ends: dict[int, int] = {}
        self.start = position(0)

    def add_pipe(self, fd: int) -> None:
        """Have a pipe for the stream ``fd``."""
        read, write = os.pipe()
        self.child[fd], self.ends[fd] = (read, write) if fd == 0 else (write, read)
        os.set_blocking(self.ends[fd], False)

    def close_child(self) -> None:
        """Close what only the command needs."""
        for fd in {fd for fd in self.child.values() if fd > 2}:
            os.close(fd)
        self.child = {}

    def close(self) -> None:
        """Close everything: nothing was started."""
        self.close_child()
        for fd in self.ends.values():
            os.close(fd)


def child_streams(kinds: list[str], *, has_terminal: bool, keeps_stdin: bool) -> ChildStreams:
    """The streams for a command, given the recorder's.

    ``keeps_stdin``: a terminal that is standard input is the command's as well, since others read it, too.
    """
    streams = ChildStreams({}, has_terminal=has_terminal)
    if kinds[0] in (DEVICE, FILE) or keeps_stdin:
        streams.child[0] = os.dup(0)
    elif kinds[0] != TERMINAL:
        streams.add_pipe(0)
    for fd in (1, 2):
        if kinds[fd] == STDOUT:
            streams.child[fd] = streams.child[1]
        elif kinds[fd] != TERMINAL:
            streams.add_pipe(fd)
    return streams
