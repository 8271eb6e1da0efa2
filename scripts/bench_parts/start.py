"""How long `record -- true` takes beyond `true`, and when the child's first byte is seen."""

from __future__ import annotations

import time
from collections.abc import Sequence

from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row, Spread, median
from scripts.bench_parts.outer import Outer

REACH, FIRST = 40.0, 20.0  # ms
WARM = 2  # runs that are not counted: they compile modules and fill the page cache

Rounds = dict[str, list[float]]


def run(bench: Bench) -> None:
    rounds = 3 if bench.quick else 30
    bench.say(f"start: {rounds} rounds")
    whole = _measure(bench, ["true"], rounds)
    first = _measure(bench, ["echo", "x"], rounds)
    bench.samples["start ms"] = {"true": whole, "first byte": first}
    _tell(bench, "`true`, added from start to exit", whole, ("<=", REACH))
    if "asciinema" in whole:
        ours = Spread.of(a / b for a, b in zip(whole["agentrec"], whole["asciinema"], strict=True))
        figures = {f"{name} ms": median(whole[name]) for name in ("agentrec", "asciinema")}
        bench.add(
            Row(
                "start",
                "`true`, to asciinema",
                ours.middle,
                "x",
                ("<=", 1.0),
                ours.low,
                ours.high,
                figures,
            )
        )
    _tell(bench, "child's first byte, added", first, ("<=", FIRST))


def _tell(bench: Bench, what: str, times: Rounds, target: tuple[str, float]) -> None:
    added = Spread.of(a - b for a, b in zip(times["agentrec"], times["direct"], strict=True))
    figures = {f"{name} ms": median(values) for name, values in times.items()}
    bench.add(Row("start", what, added.middle, "ms", target, added.low, added.high, figures))


def _measure(bench: Bench, command: Sequence[str], rounds: int) -> Rounds:
    """Milliseconds of each round; to the first byte where there is one, else to the exit."""
    times: Rounds = {name: [] for name in bench.peers}
    for number, name in bench.rounds(rounds + WARM, list(bench.peers)):
        argv = bench.peers[name](command, bench.folder / "start")
        outer = Outer(argv, bench.env, bench.folder)
        shown = outer.read()
        seen = time.perf_counter()
        if outer.wait():
            raise RuntimeError(f"{name} failed")
        ended = time.perf_counter() if command[0] == "true" else seen
        if command[0] != "true" and shown[:1] != b"x":
            raise RuntimeError(f"{name} showed {shown!r} first")
        if number >= WARM:
            times[name].append((ended - outer.started) * 1000)
    return times
