"""A gigabyte of output: every byte is kept, in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from scripts.bench_parts.held import most_held
from tests.capture.terminal import RECORD, environment

SIZE = 1_000_000_000
LINE = b"a line of a build log with some words, and a number 0123456789\r\n"
HELD = 250  # MB, closing included: far below the output; the bench measures how much it is


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "darwin", reason="nobody tells what a process has held")
def test_a_gigabyte_is_kept_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.ahr"
    blocks = SIZE // len(LINE) // 1000 + 1
    program = f"import sys, tty\ntty.setraw(1)\nblock = {LINE!r} * 1000\n"
    program += f"for _ in range({blocks}): sys.stdout.buffer.write(block)"
    command = [
        *RECORD,
        "-q",
        "--headless",
        "-o",
        str(path),
        "--",
        sys.executable,
        "-c",
        program,
    ]
    with open(os.devnull, "wb") as nowhere:
        recorder = subprocess.Popen(
            command,
            env=environment(tmp_path),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=nowhere,
        )
        held = 0.0
        while recorder.poll() is None:
            held = max(held, most_held(recorder.pid))
            time.sleep(0.02)
    assert recorder.returncode == 0
    assert 0 < held < HELD

    kept = 0
    with Recording.open(str(path)) as recording:
        for event in recording.events(tracks=("term",)):
            if event.kind == "output" and isinstance(event.data, bytes):
                place = kept % len(LINE)
                assert event.data.startswith(
                    (LINE + LINE)[place : place + min(len(LINE), len(event.data))]
                )
                kept += len(event.data)
    assert kept == blocks * 1000 * len(LINE)
    assert verify(str(path)).state == "whole"
