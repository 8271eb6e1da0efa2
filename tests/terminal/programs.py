"""Real programs in a real terminal, recorded for comparison."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Sequence

import ptyprocess

from agentrec.terminal.queries import Answerer


def record(
    argv: Sequence[str],
    keys: Sequence[bytes],
    cwd: str,
    cols: int = 80,
    rows: int = 24,
    quiet: float = 0.12,
) -> bytes:
    """Everything a program wrote while these keys were typed, each once it had gone quiet.

    It is killed at the end, so that its last screen stays.
    """
    env = {
        "PATH": os.environ["PATH"],
        "HOME": cwd,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
        "LESS": "-R",
        "HISTFILE": "",
    }
    child = ptyprocess.PtyProcess.spawn(argv, cwd=cwd, env=env, dimensions=(rows, cols))
    answerer, out = Answerer(cols, rows), b""
    try:
        out += _until_quiet(child.fd, answerer, 3.0, quiet)  # it takes a while to start
        for key in keys:
            os.write(child.fd, key)
            out += _until_quiet(child.fd, answerer, 0.5, quiet)
        return out
    finally:
        child.kill(signal.SIGKILL)
        child.close(force=True)


def _until_quiet(fd: int, answerer: Answerer, first: float, quiet: float) -> bytes:
    out, patience = b"", time.monotonic() + 5
    while time.monotonic() < patience:
        if not select.select([fd], [], [], quiet if out else first)[0]:
            return out
        try:
            data = os.read(fd, 65536)
        except OSError:
            return out
        if not data:
            return out
        out += data
        for reply in answerer.feed(data):
            os.write(fd, reply)
    return out
