"""Recordings that were masked while they were written."""

from __future__ import annotations

from pathlib import Path

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from fixtures.secrets import secrets

COLS, ROWS = 80, 24


HEADER = {"cols": COLS, "rows": ROWS}


KEY = next(secret for secret in secrets() if secret.kind == "github classic")


def read(path: Path) -> list[Event]:
    with Recording.open(str(path)) as recording:
        events = list(recording.events())
        assert recording.ended
        assert not recording.damage
    assert [event.seq for event in events] == list(range(len(events)))
    return events
