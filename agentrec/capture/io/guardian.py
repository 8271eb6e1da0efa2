"""A second process that restores the user's terminal when the recorder is killed.

kill -9 leaves a process no time to restore anything. So a fork reads from a pipe until the recorder
dismisses it; if the pipe ends without that, the recorder is dead and the terminal still raw.
"""

from __future__ import annotations

import os
import signal
import termios
import time

from agentrec.capture.io.raw_mode import RawMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# Messages on the pipe: two bytes of length, then what to write to the terminal in an emergency.
_DISMISS = b"\xff\xff"
_RESTORE_TRIES, _RESTORE_RETRY_SECONDS = 50, 0.01


class Guardian:
    """Forks the process when made; no thread may run yet.

    ``update(undo)`` sets what to write to the terminal if the recorder dies from now on.
    ``dismiss()`` ends the process without touching the terminal.
    """

    def __init__(self, mode: RawMode) -> None:
        wait, self._pipe = os.pipe()
        os.set_blocking(self._pipe, False)
        self._pid = os.fork()
        if not self._pid:
            _guard(wait, mode)
        os.close(wait)

    def update(self, undo: bytes) -> None:
        self._send(len(undo).to_bytes(2, "big") + undo)

    def dismiss(self) -> None:
        self._send(_DISMISS)
        os.close(self._pipe)
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            return

    def _send(self, message: bytes) -> None:
        try:
            os.write(self._pipe, message)
        except OSError:
            return  # it was killed, or is far behind: the terminal is less well guarded


def _guard(wait: int, mode: RawMode) -> NoReturn:
    try:
        _detach(keep={wait, mode.fd})
        undo = _await_end(wait)
        if undo is not None:
            _restore(mode, undo)
    finally:
        os._exit(0)


def _detach(keep: set[int]) -> None:
    """Hold no other descriptors (a PTY that is held never ends), ignore signals, leave the terminal."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    os.setsid()
    low = 0
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _await_end(wait: int) -> bytes | None:
    """What to write to the terminal of a dead recorder; None when dismissed."""
    undo, received = b"", b""
    while data := os.read(wait, 65536):
        received += data
        while len(received) >= 2:
            if received[:2] == _DISMISS:
                return None
            end = 2 + int.from_bytes(received[:2], "big")
            if len(received) < end:
                break
            undo, received = received[2:end], received[end:]
    return undo


def _restore(mode: RawMode, undo: bytes) -> None:
    """Restore the attributes, unless they are not the recorder's any more: the shell may have been
    faster. The child's modes are undone in any case (mouse, other screen, hidden cursor): no shell does."""
    if termios.tcgetattr(mode.fd) == mode.raw:
        mode.leave()
    for _ in range(_RESTORE_TRIES):
        try:
            undo = undo[os.write(mode.fd, undo) :]
        except BlockingIOError:
            time.sleep(_RESTORE_RETRY_SECONDS)
        if not undo:
            return
