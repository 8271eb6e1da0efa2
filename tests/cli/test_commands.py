"""The table of commands, and the overview made of it."""

import signal
import subprocess

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


def test_programs_end_as_they_end_whatever_our_parent_ignores(capsys):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert main(["prices"]) == 0
        assert subprocess.run(["false"], check=False).returncode == 1
    finally:
        signal.signal(signal.SIGCHLD, before)
    capsys.readouterr()
