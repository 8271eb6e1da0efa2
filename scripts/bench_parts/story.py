"""What it costs that the agent's own story is kept, too: hooks, watchers, transcripts."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from agentrec.agents.claude.hooks import command as hook_command
from fixtures.modelserver import ModelServer
from scripts.bench_parts.bench import Bench, record
from scripts.bench_parts.computed import computed
from scripts.bench_parts.figures import Row, Spread, median
from scripts.bench_parts.outer import Outer
from tests.agents_env import AGENTS, Agent

HOOK = 10.0  # ms that a hook may take
WATCH = 1.0  # % of a core that watching may take
SETTLE = 1.5  # seconds after the start, and before the end, that do not count
CALLS = 4  # tool calls of a run
SCENARIO = "\n".join(
    f'[[reply]]\ntext = "step {number}"\ncalls = [{{ shell = "echo {number}" }}]'
    for number in range(CALLS)
)
# What is watched while it does next to nothing, and while it starts a program every 50 ms.
IDLE = "import time; time.sleep({seconds})"
BUSY = (
    "import subprocess, time; end = time.monotonic() + {seconds}\n"
    "while time.monotonic() < end: subprocess.run(['true']); time.sleep(0.05)"
)


def run(bench: Bench) -> None:
    for agent in AGENTS.values():
        if agent.program() is None:
            bench.note(f"{agent.package} is not installed (scripts/agents does it): left out.")
        else:
            _agent(bench, agent)
    _hook(bench)
    _watching(bench, "a child that sleeps", IDLE, target=True)
    _watching(bench, "a child that starts 20 programs a second", BUSY)


def _agent(bench: Bench, agent: Agent) -> None:
    """A headless run with tool calls, from start to exit, as it is and recorded."""
    rounds = 1 if bench.quick else 7
    bench.say(f"story: {agent.name}, {rounds} rounds")
    folder = bench.folder / f"story-{agent.name}"
    scenarios = folder / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "calls.toml").write_text(f'{SCENARIO}\n[[reply]]\ntext = "done"\n', "utf-8")
    times: dict[str, list[float]] = {"direct": [], "agentrec": []}
    with ModelServer(scenarios=scenarios) as server:
        work = folder / "work"
        env = agent.start(folder / "home", work, server.url)
        plain = agent.argv(agent.headless, "Go on. [[scenario:calls]]")
        argv = {"direct": plain, "agentrec": record(plain, folder / "run")}
        for number, name in bench.rounds(rounds + 1, list(times)):
            took = _run(argv[name], env, work)
            if number:  # the first round fills caches
                times[name].append(took)
    added = Spread.of(a - b for a, b in zip(times["agentrec"], times["direct"], strict=True))
    figures = {f"{name} ms": median(values) for name, values in times.items()}
    bench.samples[f"story {agent.name} ms"] = times
    what = f"{agent.name}, headless, {CALLS} tool calls, added from start to exit"
    bench.add(Row("story", what, added.middle, "ms", None, added.low, added.high, figures))


def _run(argv: Sequence[str], env: dict[str, str], cwd: Path) -> float:
    """Milliseconds in a terminal of its own."""
    outer = Outer(argv, env, cwd)
    while outer.read():
        pass
    if outer.wait():
        raise RuntimeError(f"{argv[0]} failed")
    return (time.perf_counter() - outer.started) * 1000


def _hook(bench: Bench) -> None:
    """The program that an agent runs for a hook, from start to exit."""
    line = hook_command(str(bench.folder / "events"))
    took: list[float] = []
    for number in range(5 if bench.quick else 60):
        began = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", line], input=b'{"hook_event_name": "x"}\n', check=True)
        if number > 2:
            took.append((time.perf_counter() - began) * 1000)
    middle = Spread.of(took)
    row = ("story", "a hook, from start to exit", middle.middle, "ms", ("<=", HOOK))
    bench.add(Row(*row, middle.low, middle.high))


def _watching(bench: Bench, what: str, program: str, *, target: bool = False) -> None:
    """Processor time of the recorder and its helpers, of a core, once it has started."""
    seconds = 5 if bench.quick else 20
    bench.say(f"story: {what}")
    bench.calm()
    argv = record([sys.executable, "-c", program.format(seconds=seconds)], bench.folder / "watch")
    outer = Outer(argv, bench.env, bench.folder)
    time.sleep(SETTLE)
    began, before = time.perf_counter(), computed(outer.pid)
    time.sleep(seconds - 2 * SETTLE)
    share = (computed(outer.pid) - before) / (time.perf_counter() - began) * 100
    while outer.read():
        pass
    outer.wait()
    limit = ("<=", WATCH) if target else None
    bench.add(Row("story", f"watching {what}, of a core", share, "%", limit))
