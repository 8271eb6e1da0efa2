"""The user's side: where typing comes from and where output goes, terminal or not."""

from __future__ import annotations

import os
import stat
import sys

from agentrec.capture.io import tty
from agentrec.capture.io.guardian import Guardian
from agentrec.capture.io.nonblocking_writer import Outlet
from agentrec.capture.io.terminal_modes import Modes

_STRINGS = (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX")  # after these a BEL is text or an end
_TAIL = 4096  # how much of a piece is looked at for them


class User:
    """Standard input and output of the recorder.

    ``input`` is the descriptor to read typing from, ``output`` the :class:`Outlet` to show on; each
    is None where there is none. With ``headless`` no terminal is touched: a pipe or file is used
    as input and output, a terminal as neither.
    """

    def __init__(self, *, headless: bool) -> None:
        self._owned: list[int] = []
        self._mode: tty.RawMode | None = None
        self._guardian: Guardian | None = None
        self._modes = Modes()
        self._in_string = False
        self._aside = False
        self.input = self._open_input(headless)
        self.output = self._open_output(headless)
        self.types = (
            self._mode is not None
        )  # a person at a terminal, whose terminal answers queries

    def _open_input(self, headless: bool) -> int | None:
        if not tty.is_tty(0):
            return None if _is_device(0) else 0
        if headless:
            return None
        fd = tty.reopen(0)
        if fd is None:
            fd = 0
        else:
            self._owned.append(fd)
        self._mode = tty.RawMode(fd)
        return fd

    def _open_output(self, headless: bool) -> Outlet | None:
        if not tty.is_tty(1):
            return Outlet(1, nonblocking=False)
        if headless:
            return None
        fd = tty.reopen(1)
        if fd is None:
            return Outlet(1, nonblocking=False)
        self._owned.append(fd)
        return Outlet(fd, nonblocking=True)

    @property
    def waiting(self) -> int:
        """Bytes that are not shown yet."""
        return self.output.size if self.output else 0

    @property
    def attributes(self) -> list[object] | None:
        """The terminal's attributes as the user had them, or None without a terminal."""
        return self._mode.cooked if self._mode else None

    def window(self) -> tty.Size | None:
        """The size of the user's terminal, None where there is none."""
        return next((size for size in map(tty.get_size, self._terminals()) if size), None)

    def _terminals(self) -> list[int]:
        fds = (self.output.fd if self.output else None, self.input)
        return [fd for fd in fds if fd is not None and tty.is_tty(fd)]

    def guard(self) -> None:
        """Fork the guardian of a terminal that is about to become raw. No thread may run yet."""
        if self._mode:
            self._guardian = Guardian(self._mode)

    def take(self) -> None:
        """Make the terminal raw."""
        if self._mode:
            self._mode.enter()

    def show(self, data: bytes) -> None:
        """Write to the user. Raises GoneError."""
        if self.output:
            self.output.send(data)

    def shown(self, data: bytes) -> None:
        """Keep account of the modes ``data`` has set, once the pump has time for it."""
        if not self._mode:
            return
        if self._modes.feed(data) and self._guardian:
            self._guardian.update(self._modes.undo())
        if self._in_string or b"\x1b" in data:
            tail = data[-_TAIL:]
            rest = tail[max(map(tail.rfind, _STRINGS)) + 1 :]
            started = self._in_string or len(rest) < len(tail)
            self._in_string = started and b"\x07" not in rest and b"\x1b\\" not in rest

    def bell(self) -> None:
        """Tell the user that a key was understood; never inside a control string. Raises GoneError."""
        if not self._in_string:
            self.show(b"\a")

    def step_aside(self) -> None:
        """Give the terminal back while the recorder is stopped."""
        if self._mode:
            self._aside = True
            self._say(self._modes.undo())
            self._mode.leave()

    def come_back(self) -> None:
        """Take the terminal again, after ``step_aside`` or a stop that could not be seen coming."""
        if not self._mode:
            return
        self._mode.enter()
        if self._aside:
            self._aside = False
            self._say(self._modes.redo())

    def close(self, *, clean: bool) -> None:
        """Give the terminal back for good; unless the child ended ``clean``, undo its modes too."""
        if self._mode:
            if not clean:
                self._say(self._modes.undo())
            self._mode.leave()
        if self._guardian:
            self._guardian.dismiss()
            self._guardian = None
        self.input = self.output = self._mode = None
        while self._owned:
            os.close(self._owned.pop())

    def _say(self, data: bytes) -> None:
        """Write around the queue, as far as the terminal takes it now."""
        try:
            os.write(self.output.fd if self.output else 1, data)
        except OSError:
            return


def _is_device(fd: int) -> bool:
    """/dev/null and its like, which have nothing to say."""
    return stat.S_ISCHR(os.fstat(fd).st_mode)


def keep_standard_descriptors() -> None:
    """Fill closed descriptors 0, 1 and 2, or files we open would take their places."""
    for fd, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, flags)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
