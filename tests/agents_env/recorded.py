"""What an agent's recording has to hold: the model server's own account of what it sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer, scenario
from fixtures.modelserver.conversation import Ids
from fixtures.modelserver.dialects import ROUTES

RECORD = [sys.executable, "-m", "agentrec", "record"]
PACKAGE = str(Path(__file__).resolve().parents[2])  # where `-m agentrec` is found from anywhere


def answers(server: ModelServer) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(request, response) of each turn of a conversation: they offer many tools, side requests do not."""
    found = []
    for entry in server.received():
        tools = (entry.body or {}).get("tools", ())
        # Gemini's API has all of them in one entry.
        if sum(len(tool.get("functionDeclarations", "x")) for tool in tools) <= 3:
            continue
        dialect, match = next((d, m) for p, d in ROUTES if (m := p.match(entry.path.split("?")[0])))
        body = entry.body | match.groupdict()
        ask = dialect.ask(body)
        answer = scenario.answer(ask, server.scenarios)
        ids = Ids(f"{entry.number} {json.dumps(body, sort_keys=True)}")
        found.append((body, dialect.whole(ask, answer, ids)))
    return found


def record(
    path: Path,
    argv: list[str],
    env: dict[str, str],
    cwd: Path,
    timeout: float = 120,
    options: tuple[str, ...] = (),
    code: int = 0,
) -> str:
    """Record a headless run and return what it printed; it has to end with ``code``."""
    done = subprocess.run(
        [*RECORD, "-q", "-o", str(path), "--headless", *options, "--", *argv],
        env=env | {"PYTHONPATH": PACKAGE},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def events(path: Path) -> list[Event]:
    """All events of a recording without what the terminal showed."""
    with Recording.open(str(path)) as recording:
        found = [event for event in recording.events() if event.name != ("term", "output")]
        assert not recording.damage
    troubles = [event.data for event in found if event.name == ("sys", "trouble")]
    assert not troubles, troubles
    return found


def named(found: list[Event], *names: str) -> list[Event]:
    """Those called ``track/kind``."""
    return [event for event in found if f"{event.track}/{event.kind}" in names]
