"""A second process that puts the user's terminal right when the recorder is killed.

kill -9 leaves a process no time to restore anything. So a fork waits at a pipe for the recorder to say
goodbye; if the pipe ends without that, the recorder is dead and the terminal still raw.
"""

from __future__ import annotations

import os
import signal
import termios
import time

from agentrec.capture.io.tty import RawMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# Messages on the pipe: two bytes of length, then what to write to the terminal if all goes wrong.
_GOODBYE = b"\xff\xff"


class Guardian:
    """Starts watching when made; fork it before any thread runs.

    ``update(undo)`` says what to write to the terminal if the recorder dies from here on.
    ``dismiss()`` ends it without touching the terminal.
    """

    def __init__(self, mode: RawMode) -> None:
        wait, self._say = os.pipe()
        os.set_blocking(self._say, False)
        self._pid = os.fork()
        if not self._pid:
            _guard(wait, mode)
        os.close(wait)

    def update(self, undo: bytes) -> None:
        self._send(len(undo).to_bytes(2, "big") + undo)

    def dismiss(self) -> None:
        self._send(_GOODBYE)
        os.close(self._say)
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            return

    def _send(self, message: bytes) -> None:
        try:
            os.write(self._say, message)
        except OSError:
            return  # it was killed, or is far behind: then the terminal is only less well guarded


def _guard(wait: int, mode: RawMode) -> NoReturn:
    try:
        _leave_the_family(keep={wait, mode.fd})
        undo = _listen(wait)
        if undo is not None:
            _rescue(mode, undo)
    finally:
        os._exit(0)


def _leave_the_family(keep: set[int]) -> None:
    """Hold no descriptor but ours (a held PTY never ends), hear no signal, own no terminal."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    os.setsid()
    low = 0
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _listen(wait: int) -> bytes | None:
    """What to write to the terminal of a dead recorder; None after a goodbye."""
    undo, heard = b"", b""
    while data := os.read(wait, 65536):
        heard += data
        while len(heard) >= 2:
            if heard[:2] == _GOODBYE:
                return None
            end = 2 + int.from_bytes(heard[:2], "big")
            if len(heard) < end:
                break
            undo, heard = heard[2:end], heard[end:]
    return undo


def _rescue(mode: RawMode, undo: bytes) -> None:
    """Restore attributes only where they are as the recorder left them: the shell may have been faster.
    It does not switch off what the child has switched on, though: mouse, other screen, hidden cursor."""
    if termios.tcgetattr(mode.fd) == mode.raw:
        mode.leave()
    for _ in range(50):
        try:
            undo = undo[os.write(mode.fd, undo) :]
        except BlockingIOError:
            time.sleep(0.01)
        if not undo:
            return
