"""Raw mode of a terminal: entered for the recording, left with everything as it was.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import termios

from agentrec.capture.io.tty import CC, CFLAG, IFLAG, LFLAG, OFLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.io.tty import Attributes


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


def line_attributes(attributes: Attributes) -> Attributes:
    """``attributes`` changed so that lines are edited, echoed and ended as a shell wants it."""
    mode = [*attributes[:CC], list(attributes[CC])]
    mode[IFLAG] |= termios.ICRNL
    mode[OFLAG] |= termios.OPOST | termios.ONLCR
    mode[LFLAG] |= termios.ECHO | termios.ECHOE | termios.ICANON | termios.ISIG | termios.IEXTEN
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

    def note_cooked(self) -> None:
        """Leave it later as it is now, if lines are edited in it now; else as lines are edited."""
        try:
            now = termios.tcgetattr(self.fd)
        except termios.error:
            return
        self.cooked = now if now[LFLAG] & termios.ICANON else line_attributes(now)

    def _set(self, attributes: Attributes) -> None:
        try:
            termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        except termios.error:
            return  # the terminal is gone: nothing is left to set
