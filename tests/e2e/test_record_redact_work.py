"""`record --redact` of a program whose output is much work: it ends when it is told to."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.capture.terminal import RECORD, Terminal, environment

# Fills the screen, inserts into a long line, and names secrets, with a few bytes each.
UNITS = {"repeat": "k\\033[H\\033[9999b", "insert": "key: x\\033[5@", "names": "password="}
PROGRAM = r"""
import os, sys
leader = open(f'/proc/{os.getppid()}/stat').read()
os.write(1, b'parent %s\r\n' % leader.rsplit(')', 1)[1].split()[1].encode())
while True:
    data = sys.argv[1].encode().decode('unicode_escape').encode() * 500
    while data:
        data = data[os.write(1, data):]
"""


@pytest.mark.parametrize("name", UNITS)
def test_sigterm_ends_it_promptly(tmp_path: Path, name: str) -> None:
    line = shlex.join(
        [*RECORD, "-q", "--redact", "-o", "r.ahr", "--", "python3", "-c", PROGRAM, UNITS[name]]
    )
    with Terminal(["sh", "-c", f"{line}; echo code $?"], environment(tmp_path), cwd=tmp_path) as it:
        pid = int(it.until(rb"parent \d+").split()[1])
        while len(it.seen) < 20_000:
            assert it.read()
        os.kill(pid, signal.SIGTERM)
        it.until(rb"code 143")
    with Recording.open(str(tmp_path / "r.ahr")) as recording:
        assert recording.ended
        assert not recording.damage
