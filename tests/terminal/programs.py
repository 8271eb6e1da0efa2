"""Real programs in a real terminal, recorded for comparison."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import ptyprocess

from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.query_responder import QueryResponder

Step = tuple[bytes, str]
"""Keys to type, and the pattern that the screen shows once the program has answered them."""

Size = tuple[int, int]  # columns, rows
PATIENCE = 60.0  # seconds
QUIET = 0.12  # seconds without output after which a picture is taken for finished


def record(
    argv: Sequence[str], start: str, steps: Sequence[Step], home: Path, out: Path, size: Size
) -> None:
    """Record a program that shows ``start`` and then takes these steps, to ``out``.

    The program is killed at the end, so that its last picture stays.
    """
    cols, rows = size
    command = [sys.executable, "-m", "agentrec", "record", "-q", "--no-snapshots", "-o", str(out)]
    recorder = ptyprocess.PtyProcess.spawn(
        [*command, "--", *argv],
        cwd=home,
        env=_environment(home, out.parent),
        dimensions=(rows, cols),
    )
    try:
        watcher = _Watcher(recorder.fd, cols, rows)
        watcher.until(start)
        for keys, pattern in steps:
            os.write(recorder.fd, keys)
            watcher.until(pattern)
        _child(recorder.pid).kill()
        watcher.to_the_end()
        recorder.wait()
    finally:
        recorder.kill(signal.SIGKILL)
        recorder.close(force=True)


def _environment(home: Path, data: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": str(home),
        "XDG_DATA_HOME": str(data),
        "XDG_RUNTIME_DIR": str(data),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PS1": "$ ",
        "LESS": "-R",
        "HISTFILE": "",
        "ESCDELAY": "50",
    }


def _child(recorder: int) -> psutil.Process:
    """The recorded program among what the recorder has started: it leads a session of its own."""
    for process in psutil.Process(recorder).children():
        if os.getsid(process.pid) == process.pid:
            return process
    raise AssertionError("the program ended by itself")


class _Watcher:
    """Plays the terminal: answers questions and knows what is on screen."""

    def __init__(self, fd: int, cols: int, rows: int) -> None:
        self._fd = fd
        self._answerer, self._screen = QueryResponder(cols, rows), Screen(cols, rows)

    def until(self, pattern: str) -> None:
        """Until the screen matches and nothing more comes."""
        deadline = time.monotonic() + PATIENCE
        quiet = False
        while not (quiet and self._shows(pattern)):
            assert time.monotonic() < deadline, f"never showed {pattern!r}:\n{self._text()}"
            quiet = not select.select([self._fd], [], [], QUIET)[0]
            if not quiet:
                assert self._read(), f"ended before it showed {pattern!r}:\n{self._text()}"

    def to_the_end(self) -> None:
        while self._read():
            pass

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # nobody holds the other side any more
            return False
        self._screen.feed(data)
        for reply in self._answerer.feed(data):
            os.write(self._fd, reply)
        return bool(data)

    def _shows(self, pattern: str) -> bool:
        return re.search(pattern, self._text(), re.MULTILINE) is not None

    def _text(self) -> str:
        return "\n".join(row.rstrip() for row in self._screen.rows_text())
