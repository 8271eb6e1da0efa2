"""kill -9 of the recorder at random moments: the file keeps its promise, the terminal is sane."""

from __future__ import annotations

import os
import random
import re
import shlex
import signal
import time
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.capture.terminal import PATIENCE, RECORD, Terminal, environment

# 250 ms are promised. On a machine busy with other tests a thread may have to wait for longer than
# that for a processor; then a few may miss the promise, none by far.
PROMISED = 0.25
AT_WORST = 1.5
AT_ONCE = 4
ROUNDS = 5
MAY_BE_LATE = 3
CHILD = """
import os, time
leader = open(f'/proc/{os.getppid()}/stat').read()
print('parent', leader.rsplit(')', 1)[1].split()[1], flush=True)  # of the leader: the recorder
while True:
    print(time.monotonic(), 'x' * 50, flush=True)
    time.sleep(0.002)
"""
TICK = re.compile(rb"(\d+\.\d+) x{50}\r\n")


def start(folder: Path, number: int, options: list[str]) -> Terminal:
    line = shlex.join(
        [*RECORD, "-q", *options, "-o", f"{number}.ahr", "--", "python3", "-c", CHILD]
    )
    script = f"{line}; echo code $?; read x; echo next $x"
    return Terminal(["sh", "-c", script], environment(folder), cwd=folder)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--redact"]], ids=["plain", "redact"])
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_moments(tmp_path: Path, seed: int, options: list[str]) -> None:
    chance = random.Random(seed)
    lost = [
        at_risk for n in range(ROUNDS) for at_risk in kill_some(tmp_path / str(n), chance, options)
    ]
    assert len(lost) == AT_ONCE * ROUNDS
    assert max(lost) < AT_WORST
    assert sorted(lost)[-1 - MAY_BE_LATE] < PROMISED


def kill_some(folder: Path, chance: random.Random, options: list[str]) -> list[float]:
    """For each of some recorders, killed at random: the age in seconds of the oldest output lost."""
    folder.mkdir()
    terminals = [start(folder, number, options) for number in range(AT_ONCE)]
    pids = [int(terminal.until(rb"parent \d+").split()[1]) for terminal in terminals]
    begin = time.monotonic()
    moments = sorted((begin + chance.uniform(0.0, 1.0), number) for number in range(AT_ONCE))
    killed = {}
    for moment, number in moments:
        while time.monotonic() < moment:
            for terminal in terminals:
                terminal.read(0)
        os.kill(pids[number], signal.SIGKILL)
        killed[number] = time.monotonic()
    lost = []
    for number, terminal in enumerate(terminals):
        with terminal:
            terminal.until(rb"code 137")
            check_terminal(terminal)
        lost.append(check_file(folder / f"{number}.ahr", killed[number], terminal.seen))
    return lost


def check_terminal(terminal: Terminal) -> None:
    deadline = time.monotonic() + PATIENCE
    while terminal.is_raw:
        assert time.monotonic() < deadline, "the terminal stays raw"
        time.sleep(0.01)
    with Terminal(["sleep", "100"], dict(os.environ)) as fresh:
        assert terminal.modes == fresh.modes
    terminal.send(b"works\n")
    terminal.until(b"next works")


def check_file(path: Path, killed: float, seen: bytes) -> float:
    """The age in seconds of the oldest output that was shown and is not in the file."""
    with Recording.open(str(path)) as recording:
        kept = b"".join(e.data for e in recording.events() if e.name == ("term", "output"))  # type: ignore[misc]
        assert not recording.ended
    shown, stored = TICK.findall(seen), TICK.findall(kept)
    both = min(len(stored), len(shown))  # what a slow terminal had not taken yet may be in the file
    assert stored[:both] == shown[:both]
    missing = shown[len(stored) :]
    return killed - float(missing[0]) if missing else 0.0
