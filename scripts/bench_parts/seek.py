"""How long a one-hour recording of 200 MB takes to show its first frame, and any other."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.bench_parts.bench import ROOT, Bench
from scripts.bench_parts.figures import Row, median, quantile

OPEN = 300.0  # ms from the start of the process, imports and all, to the first frame
SEEK = 20.0  # ms, p99
MEMORY = 300.0  # MB
MAKER = "scripts.large"
PROBE = "scripts.bench_parts.seek_probe"


def run(bench: Bench) -> None:
    if not importlib.util.find_spec("agentrec.terminal.seek.timeline"):
        bench.note("Open and seek are left out: this version cannot do it yet.")
        return
    file = bench.folder / "large.ahr"
    bench.say("seek: making a recording of one hour and 200 MB")
    make = [sys.executable, "-m", MAKER, str(file)]
    # In the environment of the probe: keyframes that another user made are not used.
    subprocess.run(make, cwd=ROOT, env=bench.env, check=True, capture_output=True)
    rounds, seeks = (1, 20) if bench.quick else (5, 300)
    bench.say(f"seek: {rounds} rounds of {seeks}")
    probes = [probe(bench, file, str(seeks)) for _ in range(rounds)]
    zero = probe(bench, file, "0", "zero")
    bench.samples["seek"] = {"probes": probes, "from zero": zero}
    _opening(bench, probes, file)
    _seeking(bench, probes, zero)


def probe(bench: Bench, file: Path, *arguments: str) -> dict[str, Any]:
    """What :mod:`scripts.bench_parts.seek_probe` tells."""
    bench.calm()
    done = subprocess.run(
        [sys.executable, "-m", PROBE, str(file), *arguments],
        cwd=ROOT,
        env=bench.env,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _opening(bench: Bench, probes: list[dict[str, Any]], file: Path) -> None:
    whole = [probe["import ms"] + probe["first frame ms"] for probe in probes]
    figures = {
        "imports ms": median(probe["import ms"] for probe in probes),
        "open and show ms": median(probe["first frame ms"] for probe in probes),
        "file MB": file.stat().st_size / 1e6,
    }
    bench.add(
        Row(
            *("seek", "first frame, imports included", median(whole), "ms", ("<=", OPEN)),
            *(min(whole), max(whole), figures),
        )
    )


def _seeking(bench: Bench, probes: list[dict[str, Any]], zero: dict[str, Any]) -> None:
    every = [time for probe in probes for time in probe["seek ms"]]
    rounds = [quantile(probe["seek ms"], 0.99) for probe in probes]
    figures = {
        "p50 ms": quantile(every, 0.5),
        "max ms": max(every),
        "playing it all from zero ms": zero["zero s"] * 1000,
    }
    bench.add(
        Row(
            *("seek", "to a random time, p99", quantile(every, 0.99), "ms", ("<=", SEEK)),
            *(min(rounds), max(rounds), figures),
        )
    )
    peak = max(probe["peak MB"] for probe in probes)
    bench.add(Row("seek", "most held while seeking", peak, "MB", ("<=", MEMORY)))
