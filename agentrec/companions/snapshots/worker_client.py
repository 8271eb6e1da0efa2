"""The process that takes the snapshots of a recording, seen from the recorder.

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
    from typing import Any


class Worker:
    """The process. Both methods raise OSError when it has ended, ValueError when it talks nonsense."""

    def __init__(self, cwd: str, session: str) -> None:
        ours_out, theirs_in = os.pipe()
        theirs_out, ours_in = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        line = [sys.executable, "-P", "-m", "agentrec.snapshots.worker", cwd, session]
        try:
            self._pid = os.posix_spawn(
                sys.executable,
                line,
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs_out, 0),
                    (os.POSIX_SPAWN_DUP2, theirs_in, 1),
                    (os.POSIX_SPAWN_DUP2, null, 2),
                ],
                setpgroup=0,
            )
        except OSError:
            os.close(ours_out)
            os.close(ours_in)
            raise
        finally:
            for fd in (theirs_in, theirs_out, null):
                os.close(fd)
        self._in, self._out = ours_out, ours_in
        self._heard = b""

    def send(self, request: dict[str, Any]) -> None:
        os.write(self._out, json.dumps(request).encode() + b"\n")

    def receive(self, wait: float) -> dict[str, Any] | None:
        """The reply, if it comes within ``wait`` seconds."""
        if b"\n" not in self._heard:
            if not select.select([self._in], [], [], wait)[0]:
                return None
            data = os.read(self._in, 1 << 16)
            if not data:
                raise BrokenPipeError("it has ended")
            self._heard += data
        line, end, rest = self._heard.partition(b"\n")
        if not end:
            return None
        self._heard = rest
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self, *, now: bool = False) -> None:
        """Let it save what it knows and end; or end it ``now``, which harms nothing."""
        os.close(self._out)
        os.close(self._in)
        try:
            if now:
                os.killpg(self._pid, signal.SIGKILL)  # with a git that waits for ever
            os.waitpid(self._pid, 0 if now else os.WNOHANG)
        except OSError:
            return
