"""The user's side: where typing comes from and where output goes, terminal or not."""

from __future__ import annotations

import os
import select
import stat
import sys

from agentrec.capture.io import tty
from agentrec.capture.io.nonblocking_writer import NonblockingWriter
from agentrec.capture.io.raw_mode import RawMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.io.guardian import Guardian
    from agentrec.capture.io.open_string import OpenString
    from agentrec.capture.io.terminal_modes import TerminalModes
    from agentrec.terminal.output.log_text import LogText


class UserTerminal:
    """Standard input and output of the recorder.

    ``input`` is the descriptor to read typing from, ``output`` the :class:`NonblockingWriter` to show
    on; each is None where there is none. ``is_interactive``: there is a person at a terminal, which
    replies to queries. With ``headless`` no terminal is touched: a pipe or file is used as input and
    output, a terminal as neither. ``log``, where it is set, makes of what is shown the text for a log.
    """

    is_shared = False  # others of the job may use the terminal, see SharedTerminal
    keeps_stdin = False  # the command reads it from standard input itself

    def __init__(self, *, headless: bool) -> None:
        self._owned: list[int] = []
        self._mode: RawMode | None = None
        self._guardian: Guardian | None = None
        self._modes: TerminalModes | None = None
        self._string: OpenString | None = None
        self._suspended = False
        self.log: LogText | None = None
        self.input = self._open_input(headless)
        self.output = self._open_output(headless)
        self.is_interactive = self._mode is not None

    @property
    def is_emulated(self) -> bool:
        """Whether the recorder itself replies to the queries of the command's terminal."""
        return not self.is_interactive

    @property
    def has_terminal(self) -> bool:
        """Whether the command has a terminal."""
        return self.is_interactive or self.is_emulated

    @property
    def reads_keys(self) -> bool:
        """Whether what is typed is for the command now."""
        return True

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
        self._guard(fd)
        return fd

    def _guard(self, fd: int) -> None:
        """Keep what is needed to leave the terminal ``fd`` as it is now."""
        # Not loaded without a terminal: the patterns of the modes take a while to compile.
        from agentrec.capture.io.open_string import OpenString
        from agentrec.capture.io.terminal_modes import TerminalModes

        self._mode, self._modes, self._string = RawMode(fd), TerminalModes(), OpenString()

    def _open_output(self, headless: bool) -> NonblockingWriter | None:
        if not tty.is_tty(1):
            return NonblockingWriter(1, nonblocking=False)
        if headless:
            return None
        fd = tty.reopen(1)
        if fd is None:
            return NonblockingWriter(1, nonblocking=False)
        self._owned.append(fd)
        return NonblockingWriter(fd, nonblocking=True)

    @property
    def waiting(self) -> int:
        """Bytes that are not shown yet."""
        return self.output.size if self.output else 0

    @property
    def attributes(self) -> tty.Attributes | None:
        """The terminal's attributes as the user had them, or None without a terminal."""
        return self._mode.cooked if self._mode else None

    def window(self) -> tty.Size | None:
        """The size of the user's terminal, None where there is none."""
        return next((size for size in map(tty.get_size, self._terminals()) if size), None)

    def _terminals(self) -> list[int]:
        fds = (self.output.fd if self.output else None, self.input)
        return [fd for fd in fds if fd is not None and tty.is_tty(fd)]

    def start_guardian(self) -> None:
        """Fork the guardian of a terminal that is about to become raw. No thread may run yet."""
        if self._mode:
            from agentrec.capture.io.guardian import Guardian

            self._guardian = Guardian(self._mode)

    def enter_raw_mode(self) -> None:
        """Make the terminal raw."""
        if self._mode:
            self._mode.enter()

    def follow(self, flags: int, *, used: bool = False) -> None:
        """The command's terminal has the local modes ``flags`` (termios); ``used``: it shows something."""

    def show(self, data: bytes) -> None:
        """Write to the user. Raises PeerClosedError."""
        if self.log:
            data = self.log.feed(data)
        output, modes = self.output, self._modes
        if not output or not data:
            return
        if modes and self._string:
            self._string.feed(data)
            if modes.feed(data):
                self._warn_guardian()  # before the terminal has any of it
        output.send(data)
        if modes and not modes.settled:
            self._settle()

    def flush(self) -> None:
        """Write from the queue what the terminal takes. Raises PeerClosedError."""
        if self.output:
            self.output.flush()
            self._settle()

    def _settle(self) -> None:
        if self._modes and not self.waiting and self._modes.settle():
            self._warn_guardian()

    def _warn_guardian(self) -> None:
        if self._guardian and self._modes:
            self._guardian.update(self._modes.undo())

    def bell(self) -> None:
        """Confirm a key to the user; never inside a control string. Raises PeerClosedError."""
        if not (self._string and self._string.is_open):
            self.show(b"\a")

    def suspend(self) -> None:
        """Give the terminal back while the recorder is stopped."""
        if self._mode and self._modes and self.reads_keys:
            self._suspended = True
            self._write_now(self._modes.undo())
            self._mode.leave()

    def ask(self, reason: str) -> None:
        """Ask whether to go on although there is a ``reason`` not to, after ``suspend``."""
        question = f"agentrec: paused: {reason}\nagentrec: continue? [y/N] "
        self._write_now(b"\r\n\x1b[0m\x1b[J" + question.encode())

    def answer(self, signals: int) -> bool | None:
        """The answer to ``ask``; no answer means no. None once ``signals`` can be read."""
        if not self._mode:
            return False
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._mode.fd, signals], [], [])
            if signals in ready:
                return None
            part = os.read(self._mode.fd, 1024)
            if not part:
                return False
            line += part
        return line.strip().lower() in (b"y", b"yes")

    def is_foreground(self) -> bool:
        """Whether our job owns the terminal; one in the background (``bg``) must leave it alone."""
        if not self._mode:
            return True
        try:
            return os.tcgetpgrp(self._mode.fd) == os.getpgrp()
        except OSError:  # not the terminal of our session: nobody else's jobs use it
            return True

    def resume(self) -> None:
        """Take the terminal again, after ``suspend`` or a stop that gave no warning."""
        if not self._mode or not self._modes:
            return
        self._mode.enter()
        if self._suspended:
            self._suspended = False
            self._write_now(self._modes.redo())

    def close(self, *, clean: bool) -> None:
        """Give the terminal back for good; unless the child ended ``clean``, undo its modes too."""
        if self._mode and self._modes and self.reads_keys:
            if not clean:
                self._write_now(self._modes.undo())
            self._mode.leave()
        if self.log:
            self._write_now(self.log.finish())
        if self._guardian:
            self._guardian.dismiss()
            self._guardian = None
        self.input = self.output = self._mode = None
        while self._owned:
            os.close(self._owned.pop())

    def _write_now(self, data: bytes) -> None:
        """Write around the queue, as far as the terminal takes it now."""
        try:
            os.write(self.output.fd if self.output else 1, data)
        except OSError:
            return


def _is_device(fd: int) -> bool:
    """/dev/null and the like, which have nothing to read."""
    return stat.S_ISCHR(os.fstat(fd).st_mode)


def keep_standard_descriptors() -> None:
    """Open closed descriptors 0, 1 and 2 again, or files we open would get their numbers."""
    for fd, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, flags)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
