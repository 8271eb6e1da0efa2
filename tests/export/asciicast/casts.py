"""Casts for tests, and what stands in one line by line."""

import json
from typing import Any

from agentrec.recording.events import Event
from tests.export.helpers import events_of, written

MS = 1_000_000
V2 = b'{"version": 2, "width": 80, "height": 24}\n'
V3 = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n'
PALETTE = ":".join(["#000000"] * 16)


def lines(name: str, header: dict[str, Any], events: list[Event]) -> list[Any]:
    data, _ = written(name, header, events)
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.decode().splitlines()]


SESSION = events_of(
    (0, "term", "output", b"\x1b[1m$ "),
    (1_234_567_899, "term", "input", b"y\r"),
    (2_000 * MS, "term", "resize", {"cols": 100, "rows": 30}),
    (2_000 * MS, "mark", "moment", {"label": "tests passed", "source": "cli"}),
    (2_500 * MS, "tool", "call", {"name": "Bash"}),
    (3_000 * MS, "term", "redacted", {"reason": "password"}),
    (3_000 * MS, "term", "exit", {"code": None, "signal": 9}),
)
FULL = {
    "cols": 80,
    "rows": 24,
    "created": "2017-09-03T19:35:15.900000000Z",
    "title": "Demo",
    "command": ["sh", "-c", "make; make test"],
    "env": {"TERM": "xterm", "GONE": None},
    "idle_time_limit": 2.0,
    "tags": ["demo"],
    "term": {
        "version": "VTE(7802)",
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    },
}
