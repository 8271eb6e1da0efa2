"""How smoothly the player draws, and how soon it answers a key, in a real terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from scripts.bench_parts.bench import ROOT, Bench
from scripts.bench_parts.figures import Row, median, quantile

FRAMES = 57.0  # of 60 frames a second, at the speed of the recording
BEHIND = 100.0  # ms that a frame may come later than the others do, p99, at fifty times the speed
KEY = 25.0  # ms, p99
PROBE = "scripts.bench_parts.player_probe"
SPEEDS = (1, 50)


def run(bench: Bench) -> None:
    rounds, seconds, keys = (1, 1, 5) if bench.quick else (3, 6, 60)
    bench.say(f"player: {rounds} rounds at each of {SPEEDS}")
    found = {
        speed: [_probe(bench, speed, seconds, keys) for _ in range(rounds)] for speed in SPEEDS
    }
    bench.samples["player"] = {str(speed): probes for speed, probes in found.items()}
    slow, fast = found[1], found[50]
    drawn = [probe["drawn a second"] for probe in slow]
    bench.add(
        Row(
            *("player", "frames drawn of 60 a second, 120x40", median(drawn), "/s", (">=", FRAMES)),
            *(min(drawn), max(drawn), {"at 50x": median(p["drawn a second"] for p in fast)}),
        )
    )
    _times(bench, "behind at 50x, p99", [probe["behind ms"] for probe in fast], BEHIND)
    _times(bench, "key to picture at 1x, p99", [probe["key ms"] for probe in slow], KEY)
    _times(bench, "key to picture at 50x, p99", [probe["key ms"] for probe in fast], KEY)


def _probe(bench: Bench, speed: int, seconds: int, keys: int) -> dict[str, Any]:
    bench.calm()
    file = bench.folder / "frames.ahr"
    done = subprocess.run(
        [sys.executable, "-m", PROBE, str(file), str(speed), str(seconds), str(keys)],
        cwd=ROOT,
        env=bench.env,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _times(bench: Bench, what: str, rounds: list[list[float]], target: float) -> None:
    every = [time for times in rounds for time in times]
    each = [quantile(times, 0.99) for times in rounds]
    figures = {"p50 ms": quantile(every, 0.5), "max ms": max(every)}
    value = quantile(every, 0.99)
    bench.add(Row("player", what, value, "ms", ("<=", target), min(each), max(each), figures))
