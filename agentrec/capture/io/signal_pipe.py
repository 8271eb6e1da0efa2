"""Signals as bytes on a pipe (self-pipe): handlers do nothing, the loop reads which signals came."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

HANDLED = (
    signal.SIGCHLD,
    signal.SIGCONT,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGTSTP,
    signal.SIGWINCH,
)


def hold_signals() -> None:
    """Let the handled signals wait for a SignalPipe: before, one would end us and not the command."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)


def release_signals() -> None:
    """End ``hold_signals``."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


class SignalPipe:
    """Catches the handled signals until ``close()``; ``fd`` is readable when one has come.

    A signal that was ignored when we started (nohup) stays ignored. Signals that were held come now.
    """

    def __init__(self) -> None:
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, _nothing)
            for number in HANDLED
            if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGCHLD
        }
        release_signals()

    def read(self) -> set[int]:
        """The signals that came since the last call."""
        try:
            return set(os.read(self.fd, 4096))
        except BlockingIOError:
            return set()

    def suspend_job(self) -> None:
        """Stop this process group as Ctrl-Z would; returns when it is continued.

        The kernel drops the signal in an orphaned group, which no shell could continue: then this
        returns at once.
        """
        os.kill(0, signal.SIGTSTP)  # the others of a pipeline; we only take note of it
        caught = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)  # to this very thread: it stops before the next line
        signal.signal(signal.SIGTSTP, caught)

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self.fd)
        os.close(self._write)


def _nothing(number: int, frame: FrameType | None) -> None:
    """The number is already in the pipe."""
