"""What of a recorder computes while a real agent waits for a slow model: without some of its work, too."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

from scripts.bench_parts import sessions, waiting
from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row, median
from scripts.bench_parts.without import WATCHING, WORK
from tests.agents_env import AGENTS

PART = "watching"
# Left out together last: the pump, the writer, the interpreter and the start remain.
LEFT_OUT = ("", *WATCHING, "companions", "modes", ",".join(WORK))
THINKS = 30.0  # seconds
REST, TIMES = 0.1, 200  # seconds between two small computations, and how many there are
SMALL = {"track": "term", "text": "word " * 20, "numbers": list(range(20))}


def run(bench: Bench) -> None:
    _add_cost_of_waking(bench)
    if not sessions.available():
        bench.note("The part `watching` is left out: it needs tmux.")
        return
    found = [agent for agent in AGENTS.values() if agent.program() is not None]
    thinks = waiting.QUICK_THINKS if bench.quick else THINKS
    for work in ("", "companions") if bench.quick else LEFT_OUT:
        what = _said(work)
        bench.say(f"{PART}: {what}")
        with ThreadPoolExecutor(max(1, len(found))) as pool:  # at once: they hardly compute
            ran = pool.map(lambda agent, w=work: waiting.session(bench, agent, 0, thinks, w), found)
            for one in ran:
                figures = {"seconds": one.seconds, "CPU s": one.computed}
                share = 100 * one.computed / one.seconds
                row = Row(PART, f"{one.agent}, {what}, of a core", share, "%", figures=figures)
                bench.add(row)


def _said(work: str) -> str:
    if not work:
        return "everything"
    return "without any of it" if "," in work else f"without {work}"


def _add_cost_of_waking(bench: Bench) -> None:
    """What the same little work costs right after itself, and after a rest."""
    bench.say(f"{PART}: a small computation")
    times = 5 if bench.quick else TIMES
    once, rested = (median([_compute(rest) for _ in range(times)]) for rest in (0.0, REST))
    figures = {"at once µs": once * 1e6, f"after {REST} s µs": rested * 1e6}
    bench.add(
        Row(PART, "the same work after a rest, to at once", rested / once, "x", figures=figures)
    )


def _compute(rest: float) -> float:
    """CPU seconds for something small, after so long a rest."""
    time.sleep(rest)
    began = time.thread_time()
    json.loads(json.dumps(SMALL))
    return time.thread_time() - began
