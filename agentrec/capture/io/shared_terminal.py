"""The user's terminal when some of the command's streams are not it, as in a pipeline.

``git diff | agentrec record -- less`` needs the keyboard, ``agentrec record -- make | less`` must leave it to
the other less. So it is taken (made raw, and read) only once that is right: when no other process of the
job could read it, or while the command's terminal is not in line mode, as a full-screen program or a
password prompt sets it. Until then it stays as it is, and Ctrl-C and Ctrl-Z reach the whole job.
"""

from __future__ import annotations

import os
import termios
import time

from agentrec.capture.io import job, tty
from agentrec.capture.io.child_streams import TERMINAL
from agentrec.capture.io.nonblocking_writer import NonblockingWriter
from agentrec.capture.io.user_terminal import UserTerminal

_LINE_MODE = termios.ICANON | termios.ECHO
# How often to look whether the rest of the job has ended: the wait doubles from the first to the last.
_FIRST_LOOK_SECONDS, _LAST_LOOK_SECONDS = 0.1, 1.0


class SharedTerminal(UserTerminal):
    """See :class:`UserTerminal`. ``kinds`` are the standard streams, see ``stream_kinds``.

    ``keeps_stdin``: standard input is the terminal, and others of the job may read it too. Without a
    terminal, ``input`` and ``output`` are None.
    """

    is_shared = True
    is_emulated = False

    def __init__(self, kinds: list[str]) -> None:
        self._kinds = kinds
        self._used = TERMINAL in kinds
        self._is_taken = False
        self._look_at, self._look_seconds = 0.0, _FIRST_LOOK_SECONDS
        super().__init__(headless=False)
        self._alone = self._used and not job.others()
        self.keeps_stdin = kinds[0] == TERMINAL and not self._alone

    @property
    def reads_keys(self) -> bool:
        return self._is_taken

    def enter_raw_mode(self) -> None:
        """Take the terminal, if it is the recorder's alone."""
        self.follow(_LINE_MODE)

    def follow(self, flags: int, *, used: bool = False) -> None:
        """Take the terminal or leave it, as the command's terminal has the local modes ``flags``."""
        self._used = self._used or used
        if not self._mode or not self.is_foreground():
            return
        in_line_mode = not flags or flags & _LINE_MODE == _LINE_MODE
        is_ours = self._used and (not in_line_mode or self._is_alone())
        if is_ours != self._is_taken:
            self._is_taken = is_ours
            if is_ours:
                self._mode.note_cooked()
            (self._mode.enter if is_ours else self._mode.leave)()

    def resume(self) -> None:
        if self._is_taken:
            super().resume()

    def _open_input(self, headless: bool) -> int | None:  # noqa: ARG002
        fd = next((fd for fd in (1, 2, 0) if self._kinds[fd] == TERMINAL), None)
        own = _controlling_terminal() if fd is None else tty.reopen(fd)
        if own is not None:
            self._owned.append(own)
        self._terminal = own if own is not None else fd
        if self._terminal is not None:
            self._guard(self._terminal)
        return self._terminal

    def _guard(self, fd: int) -> None:
        """The rest of the job may have been faster: a pager's modes are not how the user had them."""
        super()._guard(fd)
        if self._mode:
            self._mode.note_cooked()

    def _open_output(self, headless: bool) -> NonblockingWriter | None:  # noqa: ARG002
        if self._terminal is None:
            return None
        fd = os.dup(self._terminal)  # another number: poll() has one handler for each
        self._owned.append(fd)
        return NonblockingWriter(fd, nonblocking=self._terminal in self._owned)

    def _is_alone(self) -> bool:
        now = time.monotonic()
        if not self._alone and now >= self._look_at:
            self._alone = not job.others()
            self._look_at = now + self._look_seconds
            self._look_seconds = min(2 * self._look_seconds, _LAST_LOOK_SECONDS)
        return self._alone


def _controlling_terminal() -> int | None:
    """The terminal that the command could open although no stream is it; None if there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None
