"""Help fits the terminal."""

import os
import subprocess
import sys

import pytest

from agentrec.cli.commands import COMMANDS, overview
from agentrec.cli.help_text import fitted, fitted_text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("short", ["short"]),
        ("one two three four five six", ["one two three four", "  five six"]),
        ("agentrec ls     the newest 50", ["agentrec ls", "    the newest 50"]),
        ("  an indented line of many", ["  an indented line", "    of many"]),
    ],
)
def test_fitted(line, expected):
    assert list(fitted(line, 20)) == expected


def test_sentences_are_wrapped_as_a_paragraph():
    text = "Do this.\n\nrun a  | b\nrun\n\nA sentence of many words\ngoes on. Next."
    assert list(fitted_text(text, 16)) == [
        *("Do this.", "", "run a  | b", "run", ""),
        *("A sentence of", "many words goes", "on. Next.", ""),
    ]
    assert list(fitted_text(text, 30)) == [*text.splitlines(), ""]


@pytest.mark.parametrize("columns", [40, 60, 79, 80, 200])
def test_the_overview_has_every_command_and_fits(columns):
    text = overview(columns)
    assert max(map(len, text.splitlines())) <= columns
    assert set(COMMANDS) <= set(text.split())


@pytest.mark.parametrize("name", ["ls", "search", "record", "convert"])
def test_the_help_of_a_command_fits(name):
    ran = subprocess.run(
        [sys.executable, "-m", "agentrec", name, "--help"],
        env={**os.environ, "COLUMNS": "60"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    description = ran.stdout.partition("\n\n")[2].partition("\npositional arguments")[0]
    assert max(map(len, description.partition("\noptions")[0].splitlines())) <= 60
