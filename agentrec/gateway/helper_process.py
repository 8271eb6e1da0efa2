"""Starts a process of ours beside the recorder: it gets a listening socket and writes lines.

On the start path of `record --model-calls`: imports are light here.
"""

from __future__ import annotations

import fcntl
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_FREE_FD = 10


class HelperProcess:
    """A running ``python -m module``; made before the recorder has threads.

    Its standard input is the socket ``listener``. ``lines`` is where its standard output is read. Its
    descriptor 3 ends with us; ``alive`` is the other side.
    """

    def __init__(self, module: str, listener: int, env: Mapping[str, str]) -> None:
        self.lines, output = os.pipe()
        alive, self.alive = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        # None may have a number that another one gets.
        fds = (listener, output, null, alive)
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_FD) for fd in fds]
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(high)]
        argv = [sys.executable, "-P", "-m", module]
        try:
            self.pid = os.posix_spawn(sys.executable, argv, env, file_actions=actions, setpgroup=0)
        except OSError:
            os.close(self.lines)
            os.close(self.alive)
            raise
        finally:
            for fd in (output, alive, null, *high):
                os.close(fd)

    def wait(self) -> int:
        """Wait for its end; returns its exit code, or the negative number of a signal."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
