"""What of a recorder computes while a real agent waits for a slow model: without some of its work, too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from scripts.bench_parts import sessions, waiting
from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row
from scripts.bench_parts.without import WATCHING, WORK
from tests.agents_env import AGENTS

PART = "watching"
# Left out together last: the pump, the writer, the interpreter and the start remain.
LEFT_OUT = ("", *WATCHING, "companions", "modes", ",".join(WORK))
THINKS = 30.0  # seconds


def run(bench: Bench) -> None:
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
