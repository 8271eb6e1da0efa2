"""What the recorder holds in memory while a lot of output goes through."""

from __future__ import annotations

from pathlib import Path

import psutil

from scripts.bench_parts import streams
from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row
from scripts.bench_parts.outer import Outer

REACH = 60.0  # MB while recording
GROWTH = 5.0  # MB between a tenth of the output and all of it: what "flat" allows
EVERY = 4 << 20  # bytes of output between two looks

TAIL = 500  # bytes of the output's end that tell what went wrong

Sample = tuple[float, float]  # MB of output so far, MB resident


def run(bench: Bench) -> None:
    piece, times = (4 << 20, 5) if bench.quick else (100 << 20, 10)
    file = streams.write(bench.folder / "log", "log", piece)
    for name in ("agentrec", "asciinema"):
        if name in bench.peers:
            bench.say(f"memory: {name}, {times} times {piece >> 20} MiB")
            samples, after, helpers = _watch(bench, name, [str(file)] * times)
            bench.samples[f"memory, {name}"] = samples
            _tell(bench, name, samples, after, helpers)
    file.unlink()


def _watch(bench: Bench, name: str, files: list[str]) -> tuple[list[Sample], float, float]:
    """Samples while output comes; the highest MB resident from then to the exit; MB of helpers."""
    argv = bench.peers[name](["cat", *files], bench.folder / "recorded")
    outer = Outer(argv, bench.env, bench.folder)
    recorder = psutil.Process(outer.pid)
    samples: list[Sample] = []
    helpers = 0.0
    count = due = 0
    tail = b""
    after: list[float] = []
    while True:
        if not outer.ready(0.01):  # nothing comes: it is finishing
            after.append(_held(recorder))
            continue
        data = outer.read()
        if not data:
            break
        count += len(data)
        tail = (tail + data)[-TAIL:]
        if count >= due:
            due = count + EVERY
            after.clear()
            samples.append((count / 1e6, _held(recorder)))
            if len(samples) == 3:
                helpers = _helpers(recorder)
    code = outer.wait()
    if code:
        raise RuntimeError(f"{name} ended with {code} and said {tail!r}")
    _clear(bench.folder)
    return samples, max(after, default=0.0), helpers


def _held(recorder: psutil.Process) -> float:
    """MB resident, of this one process."""
    return float(recorder.memory_info().rss) / 1e6


def _helpers(recorder: psutil.Process) -> float:
    """MB that the recorder's other processes do not share with anyone: the child's are not counted."""
    total = 0.0
    for process in recorder.children(recursive=True):
        try:
            if process.name() not in ("cat", "sh"):
                total += process.memory_full_info().uss / 1e6
        except psutil.Error:
            continue
    return total


def _clear(folder: Path) -> None:
    for left in folder.glob("recorded*"):
        left.unlink()


def _tell(bench: Bench, name: str, samples: list[Sample], after: float, helpers: float) -> None:
    total = samples[-1][0]
    early = [held for seen, held in samples if seen <= total / 10]
    late = [held for seen, held in samples if seen >= total * 0.9]
    peak = max(held for _, held in samples)
    ours = name == "agentrec"
    figures = {
        "after a tenth MB": max(early),
        "at the end MB": max(late),
        "helper processes MB": helpers,
    }
    what = f"{name}, most held over {total:,.0f} MB"
    bench.add(Row("memory", what, peak, "MB", ("<=", REACH) if ours else None, figures=figures))
    growth = max(late) - max(early)
    limit = ("<=", GROWTH) if ours else None
    bench.add(Row("memory", f"{name}, growth after the first tenth", growth, "MB", limit))
    bench.add(Row("memory", f"{name}, most held while finishing", after, "MB"))
