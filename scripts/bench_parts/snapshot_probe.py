"""Takes snapshots in a process of its own, and tells the times: ``TREE DATA [EDITS | worker]``.

Alone: the first snapshot, one with nothing changed, and ones with ten files changed, in ms. EDITS: a snapshot
after each of so many small edits, and what the store grew by. ``worker``: the process that takes a recorder's
snapshots, with twenty files changed between any two, and its memory.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from agentrec.snapshots.gitstore.repack import Repack
from agentrec.snapshots.pruning import disk_usage
from agentrec.snapshots.snapshotter import Snapshotter

EVERY = 50  # snapshots; a worker tidies up when it has nothing to do for a while


def main() -> None:
    tree, data = Path(sys.argv[1]), sys.argv[2]
    env = {"HOME": "/nonexistent", "XDG_DATA_HOME": data}
    if sys.argv[3:] == ["worker"]:
        print(json.dumps(_worker(tree, {**os.environ, **env})))
        return
    began = time.perf_counter()
    taker = Snapshotter.open(str(tree), env, "bench", watches=True)
    opened = _ms(began)
    files = sorted(path for path in tree.rglob("*") if path.is_file() and ".git" not in path.parts)
    told = _growth(taker, files, int(sys.argv[3])) if sys.argv[3:] else _times(taker, files, opened)
    taker.close()
    print(json.dumps(told))


def _times(taker: Snapshotter, files: list[Path], opened: float) -> dict[str, float | list[float]]:
    first = opened + _timed(taker)
    time.sleep(0.1)  # else the clock of the files is too coarse to trust them
    _timed(taker)
    same = _timed(taker)
    ten = []
    for number in range(7):
        for path in files[number * 10 : number * 10 + 10]:
            with path.open("ab") as file:
                file.write(b"%d\n" % time.time_ns())
        ten.append(_timed(taker))
        time.sleep(0.05)
    return {"first": first, "same": same, "ten": ten, "files": len(files)}


def _growth(taker: Snapshotter, files: list[Path], edits: int) -> dict[str, float]:
    taker.take()
    tidying = Repack(taker.store)
    tidying.begin()
    tidying.wait()
    before = disk_usage(taker.store.folder)
    chance, changed, largest = random.Random(3), 0, before
    for number in range(1, edits + 1):
        path = chance.choice(files)
        lines = path.read_bytes().splitlines(keepends=True)
        lines.insert(chance.randrange(len(lines) + 1), b"an edit, number %d\n" % number)
        path.write_bytes(b"".join(lines))
        changed += path.stat().st_size
        taker.take()
        if number % EVERY == 0:
            largest = max(largest, disk_usage(taker.store.folder))
            tidying.begin()
            tidying.wait()
    after = disk_usage(taker.store.folder)
    return {"changed": changed, "grown": after - before, "most": largest - before, "edits": edits}


def _worker(tree: Path, env: dict[str, str]) -> dict[str, float | list[float]]:
    files = [Path(place) / name for place, _, names in os.walk(tree) for name in names]
    chance = random.Random(4)
    line = [sys.executable, "-P", "-m", "agentrec.snapshots.worker", str(tree), "bench"]
    worker = subprocess.Popen(line, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    first = _asked(worker, began=time.time_ns(), looked=False)
    peak = _memory(worker.pid, "VmHWM")
    time.sleep(0.1)
    second = _asked(worker)
    twenty = []
    for _ in range(9):
        for path in chance.sample(files, 20):
            with path.open("ab") as file:
                file.write(b"%d\n" % time.time_ns())
        twenty.append(_asked(worker))
        time.sleep(0.05)
    resident = _memory(worker.pid, "VmRSS")
    worker.kill()  # it would save what it has seen
    worker.wait()
    return {
        "first": first,
        "second": second,
        "twenty": twenty[2:],
        "peak": peak,
        "resident": resident,
    }


def _asked(worker: subprocess.Popen[bytes], **more: object) -> float:
    """Have a snapshot taken; how long that took."""
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(json.dumps({"label": "x", "reason": "tool", **more}).encode() + b"\n")
    worker.stdin.flush()
    reply = json.loads(worker.stdout.readline())
    if not reply["ok"]:
        raise RuntimeError(reply["error"])
    return float(reply["took_ms"])


def _memory(pid: int, name: str) -> float:
    """In MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line for line in lines if line.startswith(name)).split()[1]
    return int(kilobytes) / 1000


def _timed(taker: Snapshotter) -> float:
    began = time.perf_counter()
    taker.take()
    return _ms(began)


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
