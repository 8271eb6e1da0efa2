"""A recording's answers as a model server on loopback, for any client. It connects to nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import TYPE_CHECKING

from agentrec.errors import InputError, UsageError
from agentrec.gateway.dialects.known import GENERATE
from agentrec.gateway.recorded_calls import calls_of
from agentrec.ghost import ghost_http
from agentrec.ghost.ghost_run import workspace_of_run
from agentrec.ghost.ghost_server import GhostServer, GhostSettings
from agentrec.ghost.request_match import STRICT
from agentrec.json_values import text
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.json_values import JsonObject

LOOPBACK = "127.0.0.1"
_START_TIMEOUT_SECONDS = 10.0


class CassetteServer:
    """Answers requests from the recording at ``path`` until it is stopped.

    ``directory`` is where the client works, which texts name instead of the recorded one. ``on_report`` is
    called for each request, in the server's thread. Raises InputError for a recording without model calls,
    UsageError for a port that is taken.
    """

    def __init__(
        self,
        path: str,
        directory: str,
        *,
        port: int = 0,
        match: str = STRICT,
        pace: str = "instant",
        on_report: Callable[[JsonObject], None] | None = None,
    ) -> None:
        with Recording.open(path) as recording:
            before, inside = workspace_of_run(
                text(recording.header.get("cwd")), recorded_snapshots(recording)
            )
            calls = calls_of(recording.events(tracks=("llm",)))
        # Spans of the answers that the recording has.
        self.recorded = [it.span for it in calls if it.request.operation == GENERATE]
        if not self.recorded:
            raise InputError(f"{path} has no model calls", "record them with --model-calls")
        settings = GhostSettings(path, before, directory, inside, match, pace)
        self._server = GhostServer(settings)
        self._on_report = on_report
        self._socket = _listening(port)
        self.port = self._socket.getsockname()[1]
        # How each request that had no answer differs from the nearest recorded one.
        self.misses: list[list[str]] = []
        self._used: set[str] = set()
        self._started, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="agentrec-cassette", daemon=True)

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def unused(self) -> list[str]:
        """Spans of recorded answers that nobody asked for."""
        return [span for span in self.recorded if span not in self._used]

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()
        self._started.wait(_START_TIMEOUT_SECONDS)

    def stop(self) -> None:
        """End it; answers on their way are cut."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = ghost_http.listen(self._server, self._socket, self._report)
        server = self._loop.run_until_complete(listening)
        self._loop.call_soon(self._started.set)
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def _report(self, report: JsonObject) -> None:
        self._used.add(text(report.get("call")))
        miss = report.get("miss")
        if isinstance(miss, list):
            self.misses.append([str(line) for line in miss])
        if self._on_report:
            self._on_report(report)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise UsageError(f"cannot listen on port {port}: {reason}", "0 takes a free one") from None
