"""A Phoenix server for tests and comparisons: a backend for traces, on loopback.

It keeps everything in a directory that is removed at the end, and calls nobody.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts import locked_program
from scripts.object_server import free_ports
from scripts.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = "phoenix"
_PAGE = 1000
_COST = """query ($id: String!) { getTraceByOtelId(traceId: $id) {
    costSummary { total { cost } }
    rootSpan { cumulativeTokenCountPrompt cumulativeTokenCountCompletion }
} }"""


def installed() -> Path | None:
    """The program, if it is there; see :func:`scripts.locked_program.install`."""
    return locked_program.find("phoenix", LOCK)


class PhoenixServer(ServerProcess):
    """A running server; ``url`` is its address."""

    name, start_seconds = LOCK, 240.0

    def __init__(self, program: Path) -> None:
        super().__init__()
        http, grpc = free_ports(2)
        self.url = f"http://127.0.0.1:{http}"
        env = {
            "PATH": os.environ["PATH"],
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(http),
            "PHOENIX_GRPC_PORT": str(grpc),
            "PHOENIX_WORKING_DIR": self.folder,
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }
        self.start([str(program), "serve"], env)

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
        deadline = time.monotonic() + self.start_seconds
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

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                return True
        except OSError:
            return False
