"""Recordings that tests make with the library."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.sdk import Run
from tests.capture.terminal import RECORD, environment


def events_of(path: Any) -> list[Event]:
    """All events of a recording, which is intact."""
    with Recording.open(str(path)) as recording:
        events = list(recording.events())
        assert recording.damage == []
    assert [event.seq for event in events] == list(range(len(events)))
    return events


def load(path: Any) -> Run:
    return Run.load(str(path), env={})


def program(tmp_path: Any, code: str) -> list[str]:
    """The command line of a program with this text."""
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(code))
    return [sys.executable, str(file)]


def run_inside(tmp_path: Any, code: str, *options: str) -> Any:
    """Run a program inside ``agentrec record``; returns the recording's path."""
    out = tmp_path / "outer.ahr"
    done = subprocess.run(
        [
            *RECORD,
            "-q",
            "--headless",
            "--no-snapshots",
            *options,
            "-o",
            str(out),
            "--",
            *program(tmp_path, code),
        ],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return out


__all__ = ["environment", "events_of", "load", "program", "run_inside", "verify"]
