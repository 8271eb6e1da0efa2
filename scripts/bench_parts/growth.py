"""How what commands take grows with what they are given: at one, ten and a hundred times the size.

A row is the exponent: 0 if the size does not matter, 1 if ten times as much takes ten times as long.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from agentrec.json_values import JsonObject
from agentrec.recording.events import Event
from agentrec.recording.rewrite import save
from agentrec.times import NS_PER_SECOND
from scripts.bench_parts import compare, seek, snapshots
from scripts.bench_parts.bench import AGENTREC, ROOT, Bench
from scripts.bench_parts.figures import Row, quantile
from scripts.library import vocabulary

PART = "growth"
STEPS = (1, 10, 100)
# What is 100 times as large: MB of terminal output, recordings, steps of a run, files of a directory.
MEGABYTES, RECORDINGS, RUN_STEPS, FILES = 200, 10_000, 30_000, 100_000
QUICK = 100  # times smaller, but for directories: twenty files change in them
MIN_FILES = 2000
FLAT, LINEAR = 0.35, 1.1  # exponents
ROUNDS, QUICK_ROUNDS = 5, 1

Times = dict[float, dict[str, float]]  # size -> what -> ms


def run(bench: Bench) -> None:
    less = QUICK if bench.quick else 1
    _add(
        bench,
        "MB",
        _recordings(bench, MEGABYTES / less),
        {"seek": FLAT, "info": FLAT, "verify": LINEAR},
    )
    found = _libraries(bench, (bench.recordings or RECORDINGS) // less)
    limits = {
        "ls": FLAT,
        "search, rare": FLAT,
        "search, common": LINEAR,
        "one more": FLAT,
        "index": LINEAR,
    }
    _add(bench, "recordings", found, limits)
    _add(bench, "steps", _runs(bench, RUN_STEPS // less), {"compare": LINEAR})
    _add(
        bench,
        "files",
        _trees(bench, max(MIN_FILES, FILES // less)),
        {"snapshot, twenty changed": FLAT, "snapshot, first": LINEAR},
    )


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The slope of times over sizes, both as logarithms."""
    slope, _ = linear_regression([math.log(it) for it in sizes], [math.log(it) for it in times])
    return slope


def _add(bench: Bench, unit: str, found: Times, limits: dict[str, float]) -> None:
    bench.samples[f"{PART} {unit}"] = found
    for what, limit in limits.items():
        times = [found[size][what] for size in found]
        figures = {f"{size:,g} {unit} ms": found[size][what] for size in found}
        power = exponent([*found], times)
        bench.add(Row(PART, f"{what}, by {unit}", power, "^", ("<=", limit), figures=figures))


def _sizes(largest: float) -> list[float]:
    return [largest * step / STEPS[-1] for step in STEPS]


def _timed(bench: Bench, *arguments: str, ok: tuple[int, ...] = (0,)) -> float:
    """Milliseconds that `agentrec` takes, the median of some rounds."""
    took = []
    for _ in range(QUICK_ROUNDS if bench.quick else ROUNDS):
        bench.calm()
        began = time.perf_counter()
        done = subprocess.run(
            [AGENTREC, *arguments], env=bench.env, capture_output=True, check=False
        )
        took.append((time.perf_counter() - began) * 1000)
        if done.returncode not in ok:
            raise RuntimeError(f"agentrec {' '.join(arguments)}: {done.stderr.decode()[-300:]}")
    return median(took)


def _recordings(bench: Bench, largest: float) -> Times:
    """Long recordings: opened, checked, and shown at random times."""
    found: Times = {}
    for size in _sizes(largest):
        bench.say(f"{PART}: a recording of {size:g} MB")
        file = bench.folder / "growth.ahr"
        make = [sys.executable, "-m", seek.MAKER, str(file), str(size), str(max(20, 18 * size))]
        subprocess.run(make, cwd=ROOT, env=bench.env, check=True, capture_output=True)
        shown = [seek.probe(bench, file, "30")["seek ms"] for _ in range(3)]
        found[size] = {
            "seek": median(quantile(times, 0.9) for times in shown),
            "info": _timed(bench, "info", str(file)),
            "verify": _timed(bench, "verify", str(file)),
        }
    return found


def _libraries(bench: Bench, largest: int) -> Times:
    """Small recordings in folders of a hundred, in a library of their own."""
    found: Times = {}
    for size in map(int, _sizes(largest)):
        bench.say(f"{PART}: a library of {size:,} recordings")
        folder = bench.folder / "growth-library"
        shutil.rmtree(folder, ignore_errors=True)
        for number in range(size):
            small(folder, number)
        where = ["--folder", str(folder)]
        began = time.perf_counter()
        subprocess.run(
            [AGENTREC, "ls", "--rebuild", *where], env=bench.env, check=True, capture_output=True
        )
        built = (time.perf_counter() - began) * 1000
        subprocess.run([AGENTREC, "ls", *where], env=bench.env, check=True, capture_output=True)
        ls = _timed(bench, "ls", *where)
        more = []
        for number in range(QUICK_ROUNDS if bench.quick else ROUNDS):
            small(folder / "more", size + number)
            began = time.perf_counter()
            subprocess.run([AGENTREC, "ls", *where], env=bench.env, check=True, capture_output=True)
            more.append((time.perf_counter() - began) * 1000 - ls)
        found[size] = {
            "index": built,
            "ls": ls,
            "search, rare": _timed(bench, "search", f"rare{size // 2}", *where),
            "search, common": _timed(bench, "search", "return", *where, ok=(0, 1)),
            "one more": max(1.0, median(more)),
        }
    return found


def small(folder: Path, number: int) -> None:
    """A short recording of an agent: a question, three calls of a tool, an answer."""
    place = folder / f"{number // 100:04}"
    place.mkdir(parents=True, exist_ok=True)
    words = vocabulary()
    events: list[Event] = []

    def tell(track: str, kind: str, data: JsonObject | bytes, **links: str) -> None:
        events.append(Event(len(events), len(events) * NS_PER_SECOND, track, kind, data, **links))

    tell("agent", "message", {"role": "user", "text": f"rare{number} {words[number % len(words)]}"})
    for call in range(3):
        line = words[(7 * number + call) % len(words)]
        tell("tool", "call", {"name": "Bash", "input": {"command": line}}, span=str(call))
        tell("term", "output", f"{line}\r\n".encode())
        tell("tool", "result", {"name": "Bash", "output": line}, span=str(call))
    tell("agent", "message", {"role": "assistant", "text": words[(3 * number) % len(words)]})
    tell("term", "exit", {"code": 0, "signal": None})
    created = time.strftime(
        "%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime(1_700_000_000 + 60 * number)
    )
    header: JsonObject = {"id": f"small-{number}", "created": created, "cols": 80, "rows": 24}
    save(
        str(place / f"small-{number}.ahr"), header | {"command": ["agent"]}, events, overwrite=True
    )


def _runs(bench: Bench, largest: int) -> Times:
    found: Times = {}
    for size in map(int, _sizes(largest)):
        bench.say(f"{PART}: runs of {size:,} steps")
        sides = [bench.folder / f"growth-{name}-{size}.ahr" for name in ("left", "right")]
        compare.write(sides[0], size, -1)
        compare.write(sides[1], size, round(compare.DIFFERS * size / 3))
        found[size] = {"compare": _timed(bench, "compare", *map(str, sides))}
    return found


def _trees(bench: Bench, largest: int) -> Times:
    found: Times = {}
    for size in map(int, _sizes(largest)):
        bench.say(f"{PART}: a directory of {size:,} files")
        tree, data = bench.folder / "growth-tree", bench.folder / "growth-data"
        for folder in (tree, data):
            shutil.rmtree(folder, ignore_errors=True)
        snapshots.make_huge_tree(tree, size)
        bench.calm()
        told: dict[str, Any] = snapshots.probe(bench, tree, data, "worker")
        found[size] = {
            "snapshot, first": told["first"],
            "snapshot, twenty changed": median(told["twenty"]),
        }
    return found
