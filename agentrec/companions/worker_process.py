"""A process beside the recorder that answers requests, a JSON object a line.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from agentrec.json_values import JsonObject

_READ_BYTES = 1 << 16


class WorkerProcess:
    """The process ``pid``: ``replies`` and ``requests`` are our ends of its pipes.

    ``send`` and ``read`` raise OSError when it has ended, ``read`` ValueError for an invalid reply.
    """

    def __init__(self, pid: int, replies: int, requests: int) -> None:
        self._pid, self._input, self._output = pid, replies, requests
        self._received = b""

    @classmethod
    def spawn(
        cls,
        module: str,
        args: Sequence[str],
        env: Mapping[str, str],
        inherited: Mapping[int, int] | None = None,
    ) -> Self:
        """Run a ``module`` of ours as a new process. Raises OSError.

        It gets the descriptors ``inherited``: its own number -> ours.
        """
        our_input, worker_output = os.pipe()
        worker_input, our_output = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        argv = [sys.executable, "-P", "-m", module, *args]
        given = {0: worker_input, 1: worker_output, 2: null, **(inherited or {})}
        files = [(os.POSIX_SPAWN_DUP2, ours, its_own) for its_own, ours in given.items()]
        try:
            pid = os.posix_spawn(sys.executable, argv, env, file_actions=files, setpgroup=0)
        except OSError:
            os.close(our_input)
            os.close(our_output)
            raise
        finally:
            for fd in (worker_output, worker_input, null):
                os.close(fd)
        return cls(pid, our_input, our_output)

    def send(self, request: JsonObject) -> None:
        os.write(self._output, json.dumps(request).encode() + b"\n")

    def read(self, wait_seconds: float) -> JsonObject | None:
        """The reply, if it comes in time."""
        if b"\n" not in self._received:
            if not select.select([self._input], [], [], wait_seconds)[0]:
                return None
            data = os.read(self._input, _READ_BYTES)
            if not data:
                raise BrokenPipeError("the process has ended")
            self._received += data
        line, end, rest = self._received.partition(b"\n")
        if not end:
            return None
        self._received = rest
        reply: JsonObject = json.loads(line)
        return reply

    def close(self, *, now: bool = False) -> None:
        """Let it save its state and end; or kill it ``now``, which loses nothing but that."""
        os.close(self._output)
        os.close(self._input)
        try:
            if now:
                os.killpg(self._pid, signal.SIGKILL)  # with a git that may hang
            os.waitpid(self._pid, 0 if now else os.WNOHANG)
        except OSError:
            return
