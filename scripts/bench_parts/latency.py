"""What a key press waits for: echo through each peer, beyond that through a pump and through `script`."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

from scripts.bench_parts.bench import HERE, Bench
from scripts.bench_parts.echo import ANSWER
from scripts.bench_parts.figures import Row, Spread, quantile
from scripts.bench_parts.outer import Outer

# ms over each, by the share of the keys that are answered as soon.
REACH = {"pump": {0.5: 0.06, 0.99: None}, "script": {0.99: 0.05}}
NAMED = {"pump": "a pump", "script": "script"}
PAUSES = (0.001, 0.004)  # seconds between two keys, at random
SETTLE = 0.35  # seconds in which a recorder writes what is left of the block before

Rounds = dict[str, list[list[float]]]  # peer -> a list of ms for each round


def run(bench: Bench) -> None:
    rounds, block, settle = (2, 20, 0.05) if bench.quick else (8, 250, SETTLE)
    command = [sys.executable, "-I", "-S", str(HERE / "echo.py")]
    for load in ("calm", "while it repaints"):
        bench.say(f"echo, {load}: {rounds} rounds of {block} keys")
        open_ = {
            name: Outer(wrap(command, bench.folder / f"echo-{name}"), bench.env, bench.folder)
            for name, wrap in bench.peers.items()
        }
        times: Rounds = {name: [] for name in open_}
        for outer in open_.values():
            outer.answer_time(ANSWER)
        for _, name in bench.rounds(rounds, list(open_)):
            times[name].append(_block(open_[name], block, settle, painting=load != "calm"))
        for outer in open_.values():
            outer.send(b"q")
            outer.wait()
        bench.samples[f"latency, {load}"] = times
        _compare(bench, times, load)


def _block(outer: Outer, count: int, settle: float, *, painting: bool) -> list[float]:
    dice = random.Random(count)
    outer.send(b"p" if painting else b"s")
    outer.rest(settle)
    times = []
    for _ in range(count):
        outer.rest(dice.uniform(*PAUSES))
        outer.send(b"x")
        times.append(outer.answer_time(ANSWER) * 1000)
    outer.send(b"s")
    outer.rest(settle)
    return times


def _compare(bench: Bench, times: Rounds, load: str) -> None:
    for peer, limits in REACH.items():
        for share, limit in limits.items() if peer in times else ():
            _added(bench, times, load, peer, share, limit)


def _added(
    bench: Bench, times: Rounds, load: str, peer: str, share: float, limit: float | None
) -> None:
    values = {name: quantile(_all(blocks), share) for name, blocks in times.items()}
    per_round = Spread.of(
        quantile(ours, share) - quantile(others, share)
        for ours, others in zip(times["agentrec"], times[peer], strict=True)
    )
    what = f"echo {load}, p{share * 100:.0f} added to {NAMED[peer]}"
    target = None if limit is None else ("<=", limit)
    figures = {f"{name} ms": value for name, value in values.items()}
    added = values["agentrec"] - values[peer]
    ends = (per_round.low, per_round.high, figures)
    bench.add(Row("latency", what, added, "ms", target, *ends))


def _all(blocks: Sequence[Sequence[float]]) -> list[float]:
    return [value for block in blocks for value in block]
