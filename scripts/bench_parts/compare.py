"""How long it takes to compare two runs of 3,000 steps that differ near their end."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from agentrec.json_values import JsonObject
from agentrec.recording.events import Event
from agentrec.recording.rewrite import save
from agentrec.times import NS_PER_SECOND
from scripts.bench_parts.bench import AGENTREC, Bench
from scripts.bench_parts.figures import Row, Spread

LIMIT = 0.5  # seconds, from the start of the process to its end
STEPS, QUICK_STEPS = 3000, 300
DIFFERS = 0.9  # of the way


def run(bench: Bench) -> None:
    steps, rounds = (QUICK_STEPS, 1) if bench.quick else (STEPS, 7)
    bench.say(f"compare: {rounds} rounds of {steps} steps")
    sides = [bench.folder / f"{name}.ahr" for name in ("left", "right")]
    write(sides[0], steps, -1)
    write(sides[1], steps, round(DIFFERS * steps / 3))
    took = []
    for _ in range(rounds):
        bench.calm()
        began = time.perf_counter()
        done = subprocess.run(
            [AGENTREC, "compare", *sides],
            env=bench.env,
            capture_output=True,
            text=True,
            check=True,
        )
        took.append(time.perf_counter() - began)
        if f"{steps - 1:,} equal steps" not in done.stdout:
            raise RuntimeError(done.stdout)
    bench.samples["compare s"] = took
    told = Spread.of(took)
    row = ("compare", f"two runs of {steps:,} steps", told.middle, "s", ("<=", LIMIT))
    bench.add(Row(*row, told.low, told.high))


def write(path: Path, steps: int, other: int) -> None:
    """A message, a call and its result a turn; the call of turn ``other`` is another one."""
    events: list[Event] = []

    def tell(track: str, kind: str, data: JsonObject, **links: str) -> None:
        number = len(events)
        events.append(Event(number, number * NS_PER_SECOND, track, kind, data, **links))

    for turn in range(steps // 3):
        word = "other" if turn == other else str(turn)
        tell("agent", "message", {"role": "assistant", "text": f"step {turn}"}, actor="agent")
        tell("tool", "call", {"name": "Bash", "input": {"command": f"echo {word}"}}, span=str(turn))
        tell("tool", "result", {"name": "Bash", "output": f"{turn}\n"}, span=str(turn))
    header: JsonObject = {"id": path.stem, "cols": 80, "rows": 24, "command": ["agent"]}
    save(str(path), header, events)
