"""The gateway as the recorder sees it. On the start path of `record --model-calls`: imports are light here.

The process writes lines of JSON, each of one kind:

- ``event``: track, kind and data of an event, with its ``span``, ``parent`` and ``actor``
- ``call``: an answer that an agent's transcript may tell, too. ``story`` are its events if none does,
  ``alone`` the one for the call itself.
- ``trouble``: what could not be understood
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time

from agentrec.agents import MODEL_CALLS
from agentrec.capture.companion_host import Companion
from agentrec.gateway.call_match import CallMatch
from agentrec.gateway.helper_process import HelperProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentrec.capture.companion_host import Emit
    from agentrec.gateway.private_copies import PrivateCopies
    from agentrec.json_values import JsonObject

READ_BYTES = 1 << 18
WAITING_INTERVAL_SECONDS = 0.25
END_TIMEOUT_SECONDS = 4.5
BACKLOG = 128
MODULE = "agentrec.gateway.process"


class ModelCallsCompanion(Companion):
    """Starts the gateway, and adds what it says to the recording.

    An answer counts once: if the agent's own transcript tells a call, the gateway's is left out. Of an agent
    whose transcript is read, only calls that it does not tell are added; of any other program, the whole
    story. With ``stand_in``, the origin of a server, all calls go there.
    """

    name = "model-calls"

    def __init__(self, argv: list[str], *, mask_secrets: bool = True, stand_in: str = "") -> None:
        from agentrec.agents import AGENTS

        program = os.path.basename(argv[0])
        agent = AGENTS.get(program)
        self._agent = agent.name if agent else program
        # After the companion that reads the transcript; else before those that work on the story.
        self.stops_last = agent is not None
        self._mask_secrets, self._stand_in = mask_secrets, stand_in
        self.port = 0  # where it listens, on loopback
        self._pid = self._input = self._alive = -1
        self._woken, self._wake = os.pipe()
        self._received = bytearray()
        self._calls = CallMatch(has_transcript=agent is not None)
        self._stopping = False
        self._copies: PrivateCopies | None = None

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        from agentrec.gateway import endpoints, settings

        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind((endpoints.LOOPBACK, 0))
            listener.listen(BACKLOG)
            self.port = listener.getsockname()[1]
            origin = f"http://{endpoints.LOOPBACK}:{self.port}"
            made = endpoints.Endpoints(
                origin, os.urandom(8).hex(), argv, env, cwd, stand_in=self._stand_in
            )
            endpoints.point(made)
            self._copies = made.copies
            told = settings.GatewaySettings(
                made.routes,
                made.origins,
                self._agent,
                mask_secrets=self._mask_secrets,
                copies=vars(made.copies) if made.copies else None,
            )
            env = env | {settings.VARIABLE: told.encode()}
            process = HelperProcess(MODULE, listener.fileno(), env)
            self._pid, self._input, self._alive = process.pid, process.lines, process.alive
        finally:
            listener.close()
        return made.argv, made.env | {MODEL_CALLS: "1"}

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        self._emit = emit

    def tick(self) -> float | None:
        if self._input < 0:
            return None
        timeout = WAITING_INTERVAL_SECONDS if self._calls.waiting else None
        ready, _, _ = select.select([self._input, self._woken], [], [], timeout)
        if self._input in ready and not self._read():
            self._has_ended()
        for line in self._calls.settle(time.monotonic()):
            self._add(line)
        return 0.0

    def on_child_exit(self) -> None:
        os.write(self._wake, b".")

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:  # noqa: ARG002
        if track == "agent" and kind == "session" and data.get("transcript"):
            self._calls.has_transcript = True
        elif track == "llm" and kind == "call" and data.get("source") != "gateway":
            self._calls.told(data.get("id"), data.get("usage"))

    def stop(self) -> None:
        self._stopping = True
        if self._input >= 0:
            self._finish(time.monotonic() + END_TIMEOUT_SECONDS)
        for line in self._calls.settle_all():
            self._add(line)
        if self._copies:  # the process was killed, or never started
            self._copies.put_back()
        for fd in (self._woken, self._wake, self._alive):
            if fd >= 0:
                os.close(fd)

    # --- the process --------------------------------------------------------------------------

    def _finish(self, deadline: float) -> None:
        """Let the process end, and take its last lines."""
        os.kill(self._pid, signal.SIGTERM)
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._input], [], [], left)
            if ready and not self._read():
                break
        else:
            os.kill(self._pid, signal.SIGKILL)
            self._emit("sys", "trouble", {"text": "the gateway did not end in time"})
            self._close()
            return
        self._has_ended(usual=(0, -signal.SIGTERM))  # unless it had ended by itself, a moment ago

    def _read(self) -> bool:
        """Take lines; returns False at the end."""
        data = os.read(self._input, READ_BYTES)
        self._received += data
        *lines, rest = self._received.split(b"\n")
        self._received = rest
        for line in lines:
            self._take(json.loads(line))
        return bool(data)

    def _has_ended(self, usual: tuple[int, ...] = ()) -> None:
        """The process ended by itself: the agent's calls fail from here on. ``usual`` ends are not told."""
        status = self._close()
        if status in usual:
            return
        how = f"by signal {-status}" if status < 0 else f"with exit code {status}"
        text = f"the gateway ended {how}: model calls after that failed and are not recorded"
        self._emit("sys", "trouble", {"text": text})

    def _close(self) -> int:
        os.close(self._input)
        self._input = -1
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    # --- events -------------------------------------------------------------------------------

    def _take(self, line: Any) -> None:
        if "call" in line:
            self._calls.add(line, time.monotonic())
        elif "trouble" in line:
            self._emit("sys", "trouble", {"text": f"model call not understood: {line['trouble']}"})
        else:
            self._add(line)

    def _add(self, line: Any) -> None:
        links = {name: line.get(name) for name in ("span", "parent", "actor")}
        self._emit(*line["event"], **links)
