"""`agentrec replay` told to end from outside leaves the terminal as it was."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from agentrec.recording.events import Event
from agentrec.recording.rewrite import save
from tests.capture.terminal import Terminal, environment

# Alternate screen, no cursor, mouse, bracketed paste; then the recording goes on for a minute.
MODES = b"\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?2004hshown"
NS = 1_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    events = [
        Event(0, 0, "term", "output", MODES),
        Event(1, 60 * NS, "term", "output", b"late"),
        Event(2, 60 * NS, "term", "exit", {"code": 0, "signal": None}),
    ]
    file = tmp_path / "modes.ahr"
    save(str(file), {"cols": 80, "rows": 24}, events)
    return file


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [[], ["--plain"], ["--follow"]], ids=" ".join)
def test_a_signal_leaves_the_terminal_as_it_was(options, number, path):
    command = [sys.executable, "-m", "agentrec", "replay", *options, str(path)]
    with Terminal(command, environment(path.parent), cwd=path.parent) as terminal:
        before = terminal.modes
        terminal.until(b"shown")
        os.kill(terminal.pid, number)
        assert terminal.wait() == 128 + number
        assert terminal.modes == before
        for mode in (b"1049", b"25", b"1000", b"2004"):
            assert last_change(terminal.seen, mode) in (None, mode == b"25"), mode


def last_change(seen: bytes, mode: bytes) -> bool | None:
    """Whether the mode was switched on last, None when it was not touched."""
    changes = re.findall(rb"\x1b\[\?(?:\d+;)*" + mode + rb"(?:;\d+)*([hl])", seen)
    return changes[-1] == b"h" if changes else None
