"""The last screen of recorded real programs, as the timeline has it, against tmux."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from tests.agents_env.need import missing
from tests.terminal.oracle import Tmux, differences
from tests.terminal.programs import record
from tests.terminal.sessions import SESSIONS, furnish

COLS, ROWS = 80, 24


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Iterator[Path]:
    """Each program has its own: they leave swap files, histories and locks."""
    folder = tmp_path / "home"
    shutil.copytree(furnished, folder)
    yield folder
    if (folder / "inner").exists():
        subprocess.run(["tmux", "-S", "inner", "kill-server"], cwd=folder, capture_output=True)


def test_there_are_enough_of_them() -> None:
    assert len({session.argv[0] for session in SESSIONS.values()}) >= 20


@pytest.mark.parametrize("name", SESSIONS)
def test_program(tmux: Tmux, home: Path, tmp_path: Path, name: str) -> None:
    session = SESSIONS[name]
    if not shutil.which(session.argv[0]):
        missing(f"{session.argv[0]} is not installed: scripts/packages installs it as root")
    path = tmp_path / "recorded.ahr"
    record(session.argv, session.start, session.steps, home, path, (COLS, ROWS))
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        output = b"".join(
            event.data for event in recording.events(tracks=("term",)) if event.kind == "output"
        )
        screen = timeline.screen_at(timeline.duration)
        # top fills lines to the last column and then erases to the end of the line, which tmux
        # takes to leave that column alone; xterm does not.
        columns = COLS - 1 if name == "top" else COLS
        assert differences(tmux, screen, output, columns) == []
