"""How fast bulk output gets through: ``cat FILE`` in a terminal that is drained as fast as possible."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import psutil

from scripts.bench_parts import streams
from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row, median, ratios
from scripts.bench_parts.outer import Outer

# What is wanted of the recorder, relative to each peer.
REACH = {"C relay": 0.97, "script": 1.0, "asciinema": 1.5, "pump": None}
EXIT = 0.15  # seconds from the last byte to the exit

# A terminal that the kernel closes may lose its last bytes, seldom.
_PEER_TRIES = 3

Times = dict[str, dict[str, list[float]]]  # stream -> peer -> one figure a round


class Run(NamedTuple):
    """MB/s, seconds from the last byte to the end, and processor seconds of the whole machine per second.

    ``thread``: the seconds that the program's main thread ran, and that it waited for a core.
    """

    rate: float
    rest: float
    cores: float
    thread: tuple[float, float]


def run(bench: Bench) -> None:
    size, rounds = (4 << 20, 1) if bench.quick else (128 << 20, 7)
    rates: Times = {}
    exits: Times = {}
    cores: Times = {}
    for stream in streams.STREAMS:
        file = streams.write(bench.folder / stream, stream, size)
        rates[stream] = {name: [] for name in bench.peers}
        exits[stream] = {name: [] for name in bench.peers}
        cores[stream] = {name: [] for name in bench.peers}
        expected = shown_bytes(file)
        for number, name in bench.rounds(rounds, list(bench.peers)):
            one = once(bench, name, file, expected)
            bench.say(
                f"{stream} {number + 1}/{rounds} {name}: {one.rate:.0f} MB/s, then {one.rest:.2f} s"
            )
            rates[stream][name].append(one.rate)
            exits[stream][name].append(one.rest)
            cores[stream][name].append(one.cores)
        file.unlink()
    bench.samples["throughput"] = {"MB/s": rates, "exit s": exits, "cores": cores}
    _compare(bench, rates)
    _busy(bench, cores)
    _finishing(bench, exits, size)


def shown_bytes(file: Path) -> int:
    """How many bytes a terminal gets of ``file``: a line's end is two."""
    return sum(len(line) + line.endswith(b"\n") for line in file.open("rb"))


def once(bench: Bench, name: str, file: Path, expected: int) -> Run:
    """One run; of us nothing may be missing."""
    for _ in range(_PEER_TRIES):
        one, missing = _run(bench, name, file, expected)
        if not missing:
            return one
        if name == "agentrec":
            break
        bench.note(f"{name} lost {missing} bytes; run again")
    raise RuntimeError(f"{name}: {missing} bytes of {expected} did not come")


def _run(bench: Bench, name: str, file: Path, expected: int) -> tuple[Run, int]:
    out = bench.folder / "recorded"
    bench.calm()
    began, busy = time.perf_counter(), _busy_seconds()
    outer = Outer(bench.peers[name](["cat", str(file)], out), bench.env, bench.folder)
    flow = outer.drain(expected)
    cores = (_busy_seconds() - busy) / (time.perf_counter() - began)
    code = outer.wait()
    ended = time.perf_counter()
    if code:
        raise RuntimeError(f"{name} ended with {code}")
    if flow.more:
        bench.note(f"{name} said: {flow.more.decode(errors='replace').strip()}")
    for left in bench.folder.glob("recorded*"):
        left.unlink()
    return Run(flow.rate, ended - flow.last, cores, outer.thread), expected - flow.count


def _busy_seconds() -> float:
    """Processor seconds of everything on this machine."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _compare(bench: Bench, rates: Times) -> None:
    for peer, limit in REACH.items():
        for stream, by_peer in rates.items():
            if peer not in by_peer:
                continue
            spread = ratios(by_peer["agentrec"], by_peer[peer])
            bench.add(
                Row(
                    "throughput",
                    f"{stream}, to {peer}",
                    spread.middle,
                    "x",
                    (">=", limit) if limit else None,
                    spread.low,
                    spread.high,
                    {
                        "agentrec MB/s": median(by_peer["agentrec"]),
                        f"{peer} MB/s": median(by_peer[peer]),
                    },
                )
            )


def _busy(bench: Bench, cores: Times) -> None:
    """How busy the machine is: a recorder has the rest."""
    for stream, by_peer in cores.items():
        others = {f"{name} cores": median(times) for name, times in by_peer.items()}
        ours = by_peer["agentrec"]
        what = f"{stream}, cores that are busy meanwhile"
        row = Row("throughput", what, median(ours), "", None, min(ours), max(ours), others)
        bench.add(row)


def _finishing(bench: Bench, exits: Times, size: int) -> None:
    for stream, by_peer in exits.items():
        ours = by_peer["agentrec"]
        others = {
            f"{name} s": median(times) for name, times in by_peer.items() if name != "agentrec"
        }
        what = f"{stream}, from the last of {size >> 20} MiB to the exit"
        ends = (min(ours), max(ours), others)
        bench.add(Row("throughput", what, median(ours), "s", ("<=", EXIT), *ends))
