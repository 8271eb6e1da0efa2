"""A second process that restores the user's terminal when the recorder is killed.

kill -9 leaves a process no time to restore anything. So a fork waits for a pipe to end. If the recorder has
not dismissed it by then, the recorder is dead and the terminal still raw. What to write to the terminal
lies in memory that both share: it is there in the moment it is known, before the terminal gets anything.
"""

from __future__ import annotations

import mmap
import os
import select
import signal
import termios
import time

from agentrec.capture.io.raw_mode import RawMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# A terminal may be slow to take what it was sent before; one that takes nothing for so long is gone.
_RESTORE_TIMEOUT_SECONDS = 30.0
_RESTORE_RETRY_SECONDS = 0.01
_SLOT_BYTES = 1024  # any undo is shorter
_DISMISSED = 2


class Guardian:
    """Forks the process when made; no thread may run yet.

    ``update(undo)`` sets what to write to the terminal if the recorder dies from now on.
    ``dismiss()`` ends the process without touching the terminal.
    """

    def __init__(self, mode: RawMode) -> None:
        wait, self._pipe = os.pipe()
        self._memory = _Memory()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._pipe)
            _guard(wait, mode, self._memory)
        os.close(wait)

    def update(self, undo: bytes) -> None:
        self._memory.put(undo)

    def dismiss(self) -> None:
        self._memory.dismiss()
        os.close(self._pipe)
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            return


class _Memory:
    """What both processes know: which of two slots counts (or that none does), and the slots.

    A slot that counts is never written to, so whenever the writer is killed, one slot is whole.
    """

    def __init__(self) -> None:
        self._bytes = mmap.mmap(-1, 1 + 2 * _SLOT_BYTES)

    def put(self, undo: bytes) -> None:
        other = 1 - self._bytes[0]
        start = 1 + other * _SLOT_BYTES
        data = len(undo).to_bytes(2, "big") + undo
        self._bytes[start : start + len(data)] = data
        self._bytes[0] = other

    def dismiss(self) -> None:
        self._bytes[0] = _DISMISSED

    def get(self) -> bytes | None:
        """What was put last; None after ``dismiss()``."""
        slot = self._bytes[0]
        if slot == _DISMISSED:
            return None
        start = 3 + slot * _SLOT_BYTES
        return self._bytes[start : start + int.from_bytes(self._bytes[start - 2 : start], "big")]


def _guard(wait: int, mode: RawMode, memory: _Memory) -> NoReturn:
    try:
        _detach(keep={wait, mode.fd})
        os.read(wait, 1)
        undo = memory.get()
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


def _restore(mode: RawMode, undo: bytes) -> None:
    """Restore the attributes, unless they are not the recorder's any more: the shell may have been
    faster. The child's modes are undone in any case (mouse, other screen, hidden cursor): no shell does."""
    if termios.tcgetattr(mode.fd) == mode.raw:
        mode.leave()
    waiting = select.poll()
    waiting.register(mode.fd, select.POLLOUT)
    end = time.monotonic() + _RESTORE_TIMEOUT_SECONDS
    while undo and time.monotonic() < end:
        waiting.poll(_RESTORE_TIMEOUT_SECONDS * 1000)
        try:
            undo = undo[os.write(mode.fd, undo) :]
        except BlockingIOError:
            time.sleep(_RESTORE_RETRY_SECONDS)  # there is room, but not for all of it
