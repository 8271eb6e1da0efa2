"""The bar of what takes long."""

import os
import subprocess
import sys

from ptyprocess import PtyProcess

COMMAND = """
import time
from agentrec.cli.progress import progress
with progress("working", 4_000_000) as advance:
    for at in range({steps}):
        time.sleep(0.1)
        advance(at * 100_000)
"""


def _on_a_terminal(steps):
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    terminal = PtyProcess.spawn([sys.executable, "-c", COMMAND.format(steps=steps)], env=env)
    shown = b""
    while True:
        try:
            shown += terminal.read()
        except EOFError:
            return shown.decode()


def test_a_bar_has_a_rate_and_an_end():
    shown = _on_a_terminal(25)
    assert "working" in shown
    assert "/4.0 MB" in shown
    assert "B/s" in shown
    assert "0:00:0" in shown


def test_what_is_quick_shows_none():
    assert _on_a_terminal(2) == ""


def test_elsewhere_there_is_none():
    ran = subprocess.run(
        [sys.executable, "-c", COMMAND.format(steps=15)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr) == (b"", b"")
