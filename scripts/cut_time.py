"""How long making recordings of parts of others takes: ``python -m scripts.cut_time``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from agentrec.recording import packing_queue
from scripts.large import main as make_large

ROUNDS = 3
COMMANDS = {
    "cut, 10 minutes from the middle": ["cut", "IN", "--since", "25:00", "--until", "35:00"],
    "cut, all but the first second": ["cut", "IN", "--since", "1"],
    "cut, without two minutes": ["cut", "IN", "--drop", "10:00..11:00", "--drop", "40:00..41:00"],
    "trim, pauses of 2 seconds": ["trim", "IN", "--idle", "2"],
    "speed, 4 times": ["speed", "IN", "4"],
    "join, with itself": ["join", "IN", "IN"],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "hour.ahr")
        os.environ["XDG_DATA_HOME"] = folder  # whose keyframes count as our own
        make_large(source)
        print(f"{os.path.getsize(source):,} bytes of an hour that showed 200 MB")
        for name, words in COMMANDS.items():
            wall, cpu = min(_seconds(words, source, folder) for _ in range(ROUNDS))
            print(f"{name:<34} {wall:.2f} s, {cpu:.2f} s of a processor")


def _seconds(words: list[str], source: str, folder: str) -> tuple[float, float]:
    """How long it takes by the clock, and of a processor."""
    argv = [source if word == "IN" else word for word in words]
    argv = [sys.executable, "-m", "agentrec", *argv, "-o", os.path.join(folder, "new.ahr")]
    started, before = time.perf_counter(), os.times()
    subprocess.run([*argv, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, os.times()
    used = after.children_user + after.children_system
    while packing_queue.waiting(os.environ):  # what packs the new file would slow the next one down
        time.sleep(0.1)
    return wall, used - before.children_user - before.children_system


if __name__ == "__main__":
    main()
