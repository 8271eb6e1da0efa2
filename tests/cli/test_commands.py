"""The table of commands, and the overview made of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.cli.commands import COMMANDS
from agentrec.cli.main import main


def test_the_overview_fits_a_screen_and_names_every_command(capsys):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    words = {word for line in lines for word in line.split()}
    assert set(COMMANDS) <= words


@pytest.mark.parametrize("argv", [["snapshots", "show"], ["show"], ["help", "snapshots", "show"]])
def test_a_command_of_a_group_has_two_names(argv, capsys):
    assert main(argv if argv[0] == "help" else [*argv, "--help"]) == 0
    assert "Print a file as it was" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["import", "--all"], ["snapshots"], ["context", "--previous"]])
def test_a_current_directory_that_was_removed_is_named(command, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    words = " ".join(command)
    script = f'rmdir ../gone; exec "{sys.executable}" -P -m agentrec {words}'
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path / "gone", capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    said = "agentrec: the current directory was removed\n  change to another one\n"
    assert done.stderr == said


def test_programs_end_as_they_end_whatever_our_parent_ignores(capsys):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert main(["prices"]) == 0
        assert subprocess.run(["false"], check=False).returncode == 1
    finally:
        signal.signal(signal.SIGCHLD, before)
    capsys.readouterr()
