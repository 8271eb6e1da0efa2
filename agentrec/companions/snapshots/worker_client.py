"""The process that takes the snapshots of a recording, as the recorder sees it."""

from __future__ import annotations

import json
import os
import select
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.first_look.look_process import LookProcess

    class WorkerReply(TypedDict, total=False):
        """About one snapshot. ``final``: there will never be one of this directory.

        ``share`` and ``interval`` are the limits on how often to ask.
        """

        ok: bool
        error: str
        final: bool
        new: bool
        snapshot: JsonObject
        store: str
        took_ms: float
        share: float
        interval: float


_READ_BYTES = 1 << 16


_LOOK_FD = 3  # in a new process


class WorkerClient:
    """The process ``pid``: ``replies`` and ``requests`` are our ends of its pipes.

    ``send`` and ``receive`` raise OSError when it has ended, ``receive`` ValueError for an invalid reply.
    """

    def __init__(self, pid: int, replies: int, requests: int) -> None:
        self._pid, self._input, self._output = pid, replies, requests
        self._received = b""

    @classmethod
    def from_look(cls, look: LookProcess, session: str) -> WorkerClient:
        """The process that has looked at the directory. Raises OSError."""
        replies, requests = look.take(session)
        return cls(look.pid, replies, requests)

    @classmethod
    def start(
        cls, cwd: str, session: str, env: Mapping[str, str], look: LookProcess | None
    ) -> WorkerClient:
        """A new process with the environment ``env``. Raises OSError."""
        our_input, worker_output = os.pipe()
        worker_input, our_output = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        argv = [sys.executable, "-P", "-m", "agentrec.snapshots.worker", cwd, session]
        files = [
            (os.POSIX_SPAWN_DUP2, worker_input, 0),
            (os.POSIX_SPAWN_DUP2, worker_output, 1),
            (os.POSIX_SPAWN_DUP2, null, 2),
        ]
        if look is not None:
            argv.append(str(_LOOK_FD))
            files.append((os.POSIX_SPAWN_DUP2, look.result_fd, _LOOK_FD))
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

    def receive(self, wait_seconds: float) -> WorkerReply | None:
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
        reply: WorkerReply = json.loads(line)
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
