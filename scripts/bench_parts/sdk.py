"""What a step costs a program that records itself, beside Agent VCR; steps a second; what a kill loses."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from agentrec.sdk.read.run import Run
from scripts.bench_parts.bench import AGENTREC, HERE, ROOT, Bench
from scripts.bench_parts.figures import Row, quantile

PEER = "ai-agent-vcr==1.5.4"
PROBE = str(HERE / "sdk_probe.py")
MAX_STEP_MS, MIN_STEPS_A_SECOND, MAX_LOST_MS = 0.3, 20_000, 250
PACE_SECONDS = 0.002  # between steps, where what one step costs is measured


def run(bench: Bench) -> None:
    folder = bench.folder / "sdk"
    folder.mkdir()
    _costs(bench, folder)
    _rates(bench, folder)
    _kills(bench, folder)


def _probe(bench: Bench, python: str, *args: str, record: tuple[str, ...] = ()) -> dict[str, Any]:
    env = bench.env | {"PYTHONPATH": str(ROOT)}
    command = [*record, python, PROBE, *args]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _costs(bench: Bench, folder: Path) -> None:
    """The same steps at an agent's pace, by us and by the peer."""
    steps = 200 if bench.quick else 1000
    bench.say(f"sdk: {steps} steps")
    ways = {"agentrec": (sys.executable, folder / "paced.ahr")}
    if peer := _peer(bench):
        ways["agent-vcr"] = (peer, folder / "vcr")
    else:
        bench.note("Agent VCR could not be installed: there is nothing to compare a step with.")
    for _, name in bench.rounds(1, list(ways)):
        python, out = ways[name]
        found = _probe(bench, python, name, str(steps), str(out), str(PACE_SECONDS))
        times = sorted(found["ms"])
        files = [out] if out.is_file() else [path for path in out.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        figures = {
            "steps": steps,
            "p50 ms": quantile(times, 0.5),
            "max ms": times[-1],
            "file KB": size / 1e3,
        }
        target = ("<=", MAX_STEP_MS) if name == "agentrec" else None
        p99 = quantile(times, 0.99)
        bench.add(Row("sdk", f"a step, p99, {name}", p99, "ms", target, figures=figures))


def _peer(bench: Bench) -> str:
    """A Python with Agent VCR; empty if it cannot be installed."""
    place = bench.folder / "vcr-env"
    python = place / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=120)
        install = [str(python), "-m", "pip", "install", "--quiet", PEER]
        subprocess.run(install, check=True, timeout=600, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return str(python)


def _rates(bench: Bench, folder: Path) -> None:
    """As many steps as there can be in a second, alone and inside a recorder."""
    steps = 5000 if bench.quick else 100_000
    bench.say(f"sdk: {steps} steps as fast as possible")
    joined = folder / "joined.ahr"
    record = (AGENTREC, "record", "-q", "--headless", "--no-snapshots", "-o", str(joined), "--")
    for name, out, around in (
        ("alone", folder / "fast.ahr", ()),
        ("inside agentrec record", joined, record),
    ):
        bench.calm()
        target = "joined" if around else str(out)
        found = _probe(bench, sys.executable, "agentrec", str(steps), target, record=around)
        with Run.load(str(out)) as made:
            kept = len(made.steps)
        rate = steps / found["seconds"]
        figures = {
            "steps": steps,
            "kept": kept,
            "p99 ms": quantile(sorted(found["ms"]), 0.99),
            "memory MB": found["memory MB"],
            "file MB": out.stat().st_size / 1e6,
        }
        target_rate = (">=", MIN_STEPS_A_SECOND)
        bench.add(Row("sdk", f"steps a second, {name}", rate, "/s", target_rate, figures=figures))


def _kills(bench: Bench, folder: Path) -> None:
    """Killed at random points: how old the oldest step is that is not in the file."""
    points = 10 if bench.quick else 200
    bench.say(f"sdk: {points} kills")
    dice = random.Random(18)
    lost, unreadable = [], 0
    for point in range(points):
        out = folder / f"killed-{point}.ahr"
        age = _kill(bench, out, dice.uniform(0.4, 1.2))
        if age is None:
            unreadable += 1
        else:
            lost.append(age)
        out.unlink(missing_ok=True)
    figures = {"kills": points, "unreadable": unreadable, "p50 ms": quantile(sorted(lost), 0.5)}
    row = Row("sdk", "lost by kill -9, most", max(lost), "ms", ("<=", MAX_LOST_MS), figures=figures)
    bench.add(row)


def _kill(bench: Bench, out: Path, after: float) -> float | None:
    env = bench.env | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, PROBE, "killed", "1000000", str(out), "0.002"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        lines = [child.stdout.readline()]
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        killed = time.monotonic_ns()
        lines += child.stdout.readlines()
    said = [tuple(map(int, line.split())) for line in lines if line.endswith("\n")]
    _wait(out)
    try:
        with Run.load(str(out)) as made:
            kept = len(made.steps)
            if kept:
                made.state(kept - 1)
    except Exception:  # noqa: BLE001 - it is counted
        return None
    missing = [at for n, at in said if n >= kept]
    return (killed - missing[0]) / 1e6 if missing else 0.0


def _wait(out: Path) -> None:
    """Until whoever writes the file has ended it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with Run.load(str(out)) as made:
                if made.recording.ended:
                    return
        except Exception:  # noqa: BLE001 - it is not there yet
            pass
        time.sleep(0.05)
