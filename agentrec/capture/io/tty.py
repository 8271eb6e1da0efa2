"""Terminals: private descriptors and sizes."""

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
