"""The bar of what takes long."""

import os
import subprocess
import sys

import pytest
from ptyprocess import PtyProcess

from tests.library.helpers import ended, make

COMMAND = """
import time
from agentrec.cli.progress import progress
with progress("working", 4_000_000) as advance:
    for at in range({steps}):
        time.sleep(0.1)
        advance(at * 100_000)
"""


def _on_a_terminal(steps, columns=100, what="working"):
    env = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    command = COMMAND.format(steps=steps).replace("working", what)
    return _shown(PtyProcess.spawn([sys.executable, "-c", command], env=env))


def _shown(terminal):
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


def test_on_a_narrow_screen_it_is_one_line():
    shown = _on_a_terminal(15, 60, "pushing 100 recordings")
    assert "/4.0 MB" in shown
    assert "\r\n " not in shown


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


AT_ONCE = """
import sys
from agentrec.cli import progress
from agentrec.cli.main import main
progress._QUIET_SECONDS = progress._MIN_INTERVAL_SECONDS = 0
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("argv", "bar"),
    [
        (["ls"], "reading 1 recording"),
        (["search", "hello"], "reading 1 recording"),
        (["verify", "{file}"], "checking"),
        (["repair", "{file}", "-o", "{folder}/r.ahr"], "repairing"),
        (["convert", "{file}", "{folder}/a.html"], "converting"),
        (["convert", "{file}", "{folder}/a.cast"], "converting"),
        (["convert", "--redact", "{file}", "{folder}/b.cast"], "looking for secrets"),
        (["prune", "--keep-last", "0", "--yes"], "removing"),
    ],
)
def test_everything_that_can_take_long_has_one(argv, bar, tmp_path):
    file = make(
        tmp_path / "agentrec/recordings/run.ahr",
        *((0.1 * n, "term", "output", b"hello %d\r\n" % n) for n in range(600)),
        ended(100),
    )
    argv = [word.format(file=file, folder=tmp_path) for word in argv]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "XDG_DATA_HOME": str(tmp_path)}
    shown = _shown(PtyProcess.spawn([sys.executable, "-c", AT_ONCE, *argv], env=env))
    assert bar in shown
    assert "━" in shown
