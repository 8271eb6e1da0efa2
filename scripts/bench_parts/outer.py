"""The terminal around what is measured: a PTY that is drained as fast as this process can."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SIZE = (40, 120)  # rows, columns
READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Flow:
    """What came out of a terminal: times are ``perf_counter`` seconds, ``first`` and ``last`` of a byte.

    ``more`` is what came after the bytes that were expected: something that the recorder itself said.
    """

    count: int
    first: float
    last: float
    more: bytes

    @property
    def rate(self) -> float:
        """MB/s between the first and the last byte."""
        return self.count / 1e6 / max(self.last - self.first, 1e-9)


class Outer:
    """A program in a terminal of its own; ``started`` is the ``perf_counter`` second of its fork.

    ``thread``, once it has ended: the seconds that its main thread ran, and that it waited for a core.
    """

    thread = (0.0, 0.0)

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            _become(argv, env, cwd)

    def read(self) -> bytes:
        """The next bytes; empty when nobody holds the other side any more."""
        try:
            return os.read(self.fd, READ)
        except OSError:
            return b""

    def ready(self, seconds: float) -> bool:
        """Whether something comes, or the end, within so long."""
        return bool(select.select([self.fd], [], [], seconds)[0])

    def drain(self, expected: int = sys.maxsize) -> Flow:
        """Read to the end; from ``expected`` bytes on it is ``more``."""
        count = 0
        more = b""
        first = last = time.perf_counter()
        while data := self.read():
            now = time.perf_counter()
            if not count:
                first = now
            if count < expected:
                last = now
                more = data[expected - count :]
            else:
                more += data
            count += len(data)
        return Flow(count - len(more), first, last, more)

    def send(self, data: bytes) -> None:
        """Type ``data``."""
        os.write(self.fd, data)

    def answer_time(self, mark: bytes) -> float:
        """Seconds until ``mark``, which stands for itself in the output, comes out."""
        started = time.perf_counter()
        while data := self.read():
            if mark in data:
                return time.perf_counter() - started
        raise RuntimeError("the program ended instead of answering")

    def rest(self, seconds: float) -> None:
        """Read and forget whatever comes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if self.ready(left):
                self.read()

    def wait(self) -> int:
        """Read what is left, wait for the end; the exit code, negative for a signal."""
        while self.read():
            pass
        self.thread = _thread_seconds(self.pid)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def _thread_seconds(pid: int) -> tuple[float, float]:
    """The seconds on and in front of a core of a child's main thread, once it has ended; Linux knows them."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    try:
        ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0, 0.0
    return int(ran) / 1e9, int(waited) / 1e9


def _become(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    try:
        termios.tcsetwinsize(0, SIZE)
        os.chdir(cwd)
        os.execvpe(argv[0], list(argv), dict(env))
    finally:
        os._exit(127)
