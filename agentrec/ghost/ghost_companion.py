"""Starts the server that answers, and ends the run at the first request that has no recorded answer."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from typing import TYPE_CHECKING

from agentrec.capture.companion_host import Companion
from agentrec.gateway.dialects.known import GENERATE
from agentrec.gateway.helper_process import HelperProcess
from agentrec.ghost.ghost_server import VARIABLE
from agentrec.recording.events.agent import USER
from agentrec.recording.events.llm import LlmResponse
from agentrec.report import pricing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.capture.companion_host import Emit
    from agentrec.ghost.ghost_server import GhostSettings
    from agentrec.json_values import JsonObject

READ_BYTES = 1 << 16
END_TIMEOUT_SECONDS = 3.0
# How long the agent has between SIGTERM and SIGKILL.
KILL_DELAY_SECONDS = 2.0
BACKLOG = 128
MISS_REQUEST = "this request has no recorded answer; it differs from the nearest one in"
MISS_FILES = "the files are not those of the snapshot at this point:"


class GhostCompanion(Companion):
    """The server of one ghost; ``origin`` is its address. Made before the recording starts."""

    name = "ghost"

    def __init__(self, settings: GhostSettings, env: Mapping[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
            self.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
            told = {**env, VARIABLE: settings.encode()}
            self._process = HelperProcess("agentrec.ghost.ghost_process", listener.fileno(), told)
        self._woken, self._wake = os.pipe()
        self._received = b""
        self._kill_at: float | None = None
        self._ended = False
        # How the request that had no answer differs from the nearest recorded one.
        self.miss: list[str] | None = None
        self.miss_what = MISS_REQUEST
        # The real model took over where that was planned.
        self.handed_over = False
        self._message = settings.message
        # Spans of recorded calls whose answers were given, and how often results of tools differed.
        self.used: set[str] = set()
        self.answered = self.different = self.live = 0
        # What answers of the real model took: tokens, and dollars if every price is known.
        self.live_tokens = 0
        self.live_cost: float | None = 0.0
        # How long the command ran.
        self.seconds = 0.0

    def start(self, emit: Emit, pid: int) -> None:
        self._emit, self._pid, self._began = emit, pid, time.monotonic()

    def tick(self) -> float | None:
        if self._ended:
            return None
        timeout = None
        if self._kill_at is not None:
            timeout = max(0.0, self._kill_at - time.monotonic())
        ready, _, _ = select.select([self._process.lines, self._woken], [], [], timeout)
        if self._process.lines in ready:
            self._read()
        elif not ready:
            self._kill_at = None
            self._signal(signal.SIGKILL)
        return 0.0

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:  # noqa: ARG002
        if (track, kind) == ("llm", "response") and not (response := LlmResponse(data)).replayed:
            self._add_live(response)

    def _add_live(self, response: LlmResponse) -> None:
        if not response.usage.total:
            return
        self.live_tokens += response.usage.total
        cost = pricing.cost(response.model, response.usage)
        both_known = cost is not None and self.live_cost is not None
        self.live_cost = (self.live_cost or 0.0) + (cost or 0.0) if both_known else None

    def on_child_exit(self) -> None:
        self.seconds = time.monotonic() - self._began
        os.write(self._wake, b".")

    def stop(self) -> None:
        deadline = time.monotonic() + END_TIMEOUT_SECONDS
        if not self._ended:
            os.kill(self._process.pid, signal.SIGTERM)
        while not self._ended and (left := deadline - time.monotonic()) > 0:
            if select.select([self._process.lines], [], [], left)[0]:
                self._read()
        if not self._ended:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self) -> None:
        data = os.read(self._process.lines, READ_BYTES)
        self._ended = not data
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, report: JsonObject) -> None:
        self.live += "live" in report
        if "call" in report and report.get("operation") == GENERATE:
            self.answered += 1
            self.used.add(str(report["call"]))
            self.different += "differs" in report
        if "handover" in report:
            self.handed_over = True
            if self._message:
                data: JsonObject = {"role": "user", "text": self._message}
                self._emit("agent", "message", data, actor=USER)
        difference = report.get("miss")
        if isinstance(difference, list) and self.miss is None:
            self.miss = [str(line) for line in difference]
            self.miss_what = MISS_FILES if report.get("what") == "files" else MISS_REQUEST
            text = "\n".join([self.miss_what, *self.miss])
            self._emit("sys", "trouble", {"text": text})
            self.told_elsewhere = frozenset({text})  # by whoever started the ghost
            self._kill_at = time.monotonic() + KILL_DELAY_SECONDS
            self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            return
