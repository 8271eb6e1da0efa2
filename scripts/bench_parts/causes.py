"""Why the recorder is slower than nothing: what is gained by leaving out some of its work.

A row of speed is that without some work, to that with it in the same round; see :mod:`without`. Rows of the
start are the time to the first byte of programs that do only a part of what `record` does until then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.bench_parts import streams, throughput
from scripts.bench_parts.bench import HERE, Bench, Wrap, record
from scripts.bench_parts.figures import Row, median, ratios
from scripts.bench_parts.outer import Outer
from scripts.bench_parts.without import PRINT_MODULES, WORK

PART = "causes"
PEERS = ("C relay", "pump", "script", "agentrec")
STREAMS = ("log", "repaint")
OTHERS = "and what `record` has loaded of others when the command starts"
OWN = "and of its own"


def run(bench: Bench) -> None:
    size, rounds = (4 << 20, 1) if bench.quick else (128 << 20, 7)
    usual = bench.peers
    variants = {f"without {work}": _without(work) for work in WORK}
    everything = {"without any of it": _without(",".join(WORK))}
    bench.peers = {
        **{name: usual[name] for name in PEERS if name in usual},
        **variants,
        **everything,
    }
    try:
        for stream in STREAMS[: 1 if bench.quick else None]:
            _stream(bench, stream, size, rounds)
    finally:
        bench.peers = usual
    _start(bench, 3 if bench.quick else 30)


def _without(work: str) -> Wrap:
    def argv(command: Sequence[str], out: Path) -> list[str]:
        return [sys.executable, str(HERE / "without.py"), work, *record(command, out)[1:]]

    return argv


def _stream(bench: Bench, stream: str, size: int, rounds: int) -> None:
    file = streams.write(bench.folder / stream, stream, size)
    expected = throughput.shown_bytes(file)
    rates: dict[str, list[float]] = {name: [] for name in bench.peers}
    threads: dict[str, list[tuple[float, float]]] = {name: [] for name in bench.peers}
    for number, name in bench.rounds(rounds, list(bench.peers)):
        one = throughput.once(bench, name, file, expected)
        bench.say(f"{stream} {number + 1}/{rounds} {name}: {one.rate:.0f} MB/s")
        rates[name].append(one.rate)
        threads[name].append(one.thread)
    file.unlink()
    bench.samples[f"{PART}, {stream}, MB/s"] = rates
    bench.samples[f"{PART}, {stream}, main thread s"] = threads
    _threads(bench, stream, threads)
    for name, ours in rates.items():
        if name == "agentrec":
            continue
        spread = ratios(ours, rates["agentrec"])
        figures = {f"{name} MB/s": median(ours), "agentrec MB/s": median(rates["agentrec"])}
        ends = (spread.low, spread.high, figures)
        bench.add(Row(PART, f"{stream}, {name}", spread.middle, "x", None, *ends))


def _threads(bench: Bench, stream: str, threads: dict[str, list[tuple[float, float]]]) -> None:
    """How long the thread that passes the bytes on runs, and waits for a core."""
    for name in (*PEERS, "without any of it"):
        if held := threads.get(name):
            ran, waited = ([one[at] for one in held] for at in (0, 1))
            ends = (min(ran), max(ran), {"and waits for a core s": median(waited)})
            row = Row(PART, f"{stream}, {name}: its thread runs", median(ran), "s", None, *ends)
            bench.add(row)


def _start(bench: Bench, rounds: int) -> None:
    """The first byte of the interpreter, of the same with modules loaded, and of a recorded command."""
    names = _modules(bench)
    others = [name for name in names if not name.startswith("agentrec")]
    python = [sys.executable, "-c"]
    programs = {
        "the interpreter alone": [*python, "print('x')"],
        "and the pump's modules": [
            *python,
            "import os, pty, select, sys, termios, tty; print('x')",
        ],
        OTHERS: [*python, _importing(others)],
        OWN: [*python, _importing(names)],
        "`record -- echo x`": record(["echo", "x"], bench.folder / "start"),
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _, name in bench.rounds(rounds, list(programs)):
        outer = Outer(programs[name], bench.env, bench.folder)
        shown, seen = outer.read(), time.perf_counter()
        if outer.wait() or shown[:1] != b"x":
            raise RuntimeError(f"{name} showed {shown!r}")
        times[name].append((seen - outer.started) * 1000)
    counts = {OTHERS: len(others), OWN: len(names)}
    for name, held in times.items():
        figures = {"modules": counts[name]} if name in counts else {}
        ends = (min(held), max(held), figures)
        bench.add(Row(PART, f"first byte: {name}", median(held), "ms", None, *ends))


def _importing(names: Sequence[str]) -> str:
    return (
        f"import importlib\nfor name in {list(names)!r}: importlib.import_module(name)\nprint('x')"
    )


def _modules(bench: Bench) -> list[str]:
    """What is loaded when the command starts and not in a bare interpreter."""
    argv = [
        sys.executable,
        str(HERE / "without.py"),
        PRINT_MODULES,
        *record(["true"], bench.folder / "m")[1:],
    ]
    outer = Outer(argv, bench.env, bench.folder)
    loaded = b"".join(iter(outer.read, b"")).decode().split()
    outer.wait()
    bare = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    without = subprocess.run(bare, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in loaded if name not in without and name != "__main__"]
