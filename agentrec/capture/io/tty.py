"""The user's terminal: private descriptors, raw mode, size, and putting everything back."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Attributes = list[Any]

# cols, rows, width and height in pixels
Size = tuple[int, int, int, int]

IFLAG, OFLAG, CFLAG, LFLAG, CC = 0, 1, 2, 3, 6


def is_tty(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False


def reopen(fd: int) -> int | None:
    """A non-blocking descriptor of our own for the terminal behind ``fd``; None if it has no name.

    O_NONBLOCK belongs to the open file, which the user's shell and other programs share: setting
    it on their descriptor would break them, so the terminal is opened once more.
    """
    try:
        new = os.open(os.ttyname(fd), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    if os.fstat(new).st_rdev == os.fstat(fd).st_rdev:
        return new
    os.close(new)  # in a container the name may belong to another terminal
    return None


def get_size(fd: int) -> Size | None:
    """The size of a terminal; None when it has none or does not report it."""
    try:
        packed = fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return None
    rows, cols, width, height = struct.unpack("HHHH", packed)
    return (cols, rows, width, height) if cols and rows else None


def set_size(fd: int, size: Size) -> None:
    """Tell a PTY its size; the kernel signals its foreground programs when it changed."""
    cols, rows, width, height = size
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, width, height))


def raw_attributes(cooked: Attributes) -> Attributes:
    """``cooked`` changed so that every byte passes both ways untouched and nothing makes signals."""
    mode = [*cooked[:CC], list(cooked[CC])]
    mode[IFLAG] &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.INPCK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
        | termios.IXOFF
    )
    mode[OFLAG] &= ~termios.OPOST
    mode[CFLAG] = mode[CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    mode[LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    mode[CC][termios.VMIN] = 1
    mode[CC][termios.VTIME] = 0
    return mode


class RawMode:
    """Raw mode of the terminal ``fd``, which can be entered and left any number of times.

    ``cooked`` and ``raw`` are the attributes of both states, as termios.tcgetattr() gives them.
    TCSANOW everywhere: what was typed ahead is kept, and a terminal held by Ctrl-S cannot hang us.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.cooked: Attributes = termios.tcgetattr(fd)
        self.raw = raw_attributes(self.cooked)

    def enter(self) -> None:
        self._set(self.raw)

    def leave(self) -> None:
        self._set(self.cooked)

    def _set(self, attributes: Attributes) -> None:
        try:
            termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        except termios.error:
            return  # the terminal is gone: nothing is left to set
