"""A Phoenix server for tests and comparisons: a backend for traces, on loopback.

It keeps everything in a directory that is removed at the end, and calls nobody.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scripts import locked_program
from scripts.object_server import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = "phoenix"
START_TIMEOUT_SECONDS = 240.0
_PAGE = 1000
_COST = """query ($id: String!) { getTraceByOtelId(traceId: $id) {
    costSummary { total { cost } }
    rootSpan { cumulativeTokenCountPrompt cumulativeTokenCountCompletion }
} }"""


def installed() -> Path | None:
    """The program, if it is there; see :func:`scripts.locked_program.install`."""
    return locked_program.find("phoenix", LOCK)


class PhoenixServer:
    """A running server; ``url`` is its address."""

    def __init__(self, program: Path) -> None:
        self._folder = tempfile.mkdtemp(prefix="agentrec-phoenix-")
        http, grpc = free_ports(2)
        self.url = f"http://127.0.0.1:{http}"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": self._folder,
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(http),
            "PHOENIX_GRPC_PORT": str(grpc),
            "PHOENIX_WORKING_DIR": self._folder,
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }
        command = [str(program), "serve"]
        if ends_with_parent := shutil.which("setpriv"):
            command = [ends_with_parent, "--pdeathsig", "KILL", *command]
        with open(os.path.join(self._folder, "log"), "wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=env, stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                log = Path(self._folder, "log").read_text(errors="replace")
                self.__exit__()
                raise RuntimeError(f"phoenix does not start: {log[-2000:]}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def spans(self, trace: str) -> list[Any]:
        """The spans of a trace, in the order in which Phoenix got them."""
        return [span for span in self._spans() if span["context"]["trace_id"] == trace][::-1]

    def shown(self, trace: str) -> tuple[float, int, int]:
        """What the list of traces shows: cost by Phoenix's own prices, tokens sent and answered."""
        body = json.dumps({"query": _COST, "variables": {"id": trace}}).encode()
        found = self._json("/graphql", body)["data"]["getTraceByOtelId"]
        root = found["rootSpan"]
        return (
            found["costSummary"]["total"]["cost"] or 0.0,
            int(root["cumulativeTokenCountPrompt"]),
            int(root["cumulativeTokenCountCompletion"]),
        )

    def wait_for(self, trace: str, count: int) -> list[Any]:
        """The spans of a trace, when there are so many: Phoenix stores them after its answer."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while len(spans := self.spans(trace)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return spans

    def _spans(self) -> Iterator[dict[str, Any]]:
        cursor = ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            page = self._json(f"/v1/projects/default/spans?limit={_PAGE}{more}")
            yield from page["data"]
            cursor = page["next_cursor"]

    def _json(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                return True
        except OSError:
            return False
