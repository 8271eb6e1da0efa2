"""How long a ghost of a long session takes, beside the same session against a server that answers at once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from fixtures.modelserver import ModelServer
from scripts.bench_parts.bench import AGENTREC, ROOT, Bench
from scripts.bench_parts.figures import Row, Spread, median
from scripts.bench_parts.sessions import scenario
from tests.agents_env import AGENTS

PART = "ghost"
TURNS, QUICK_TURNS = 40, 2
NOWHERE = "http://127.0.0.1:9"
PROMPT = "Go through the documentation. [[scenario:day]]"


def run(bench: Bench) -> None:
    agent = AGENTS["claude"]
    if agent.program() is None:
        bench.note(f"{agent.package} is not installed (scripts/agents does it): left out.")
        return
    turns, rounds = (QUICK_TURNS, 1) if bench.quick else (TURNS, 5)
    bench.say(f"ghost: {rounds} rounds of {turns} turns")
    folder = bench.folder / PART
    scenarios = folder / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "day.toml").write_text(scenario(turns), encoding="utf-8")
    session = _Session(folder, scenarios)
    times: dict[str, list[float]] = {"direct": [], "recorded": [], "ghost": []}
    session.recorded()
    for number, name in bench.rounds(rounds + 1, list(times)):
        took = getattr(session, name)()
        if number:  # the first round fills caches
            times[name].append(took)
    bench.samples["ghost s"] = times
    figures = {f"{name} s": median(values) for name, values in times.items()}
    for name, limit in (("direct", ("<=", 1.2)), ("recorded", None)):
        ratio = Spread.of(a / b for a, b in zip(times["ghost"], times[name], strict=True))
        what = f"claude, {turns} turns, to the session {name}"
        bench.add(Row(PART, what, ratio.middle, "x", limit, ratio.low, ratio.high, figures))


class _Session:
    """A session of Claude Code in a folder; each way to run it returns its seconds."""

    def __init__(self, folder: Path, scenarios: Path) -> None:
        self._agent, self._folder, self._scenarios = AGENTS["claude"], folder, scenarios
        self._count = 0

    def direct(self) -> float:
        return self._asked([])

    def recorded(self) -> float:
        out = str(self._folder / "run.ahr")
        options = ["-q", "--overwrite", "-o", out, "--headless", "--model-calls"]
        return self._asked([AGENTREC, "record", *options, "--"])

    def ghost(self) -> float:
        self._count += 1
        work = self._folder / f"ghost-{self._count}"
        options = ["--in", str(work), "--headless", "-o", f"{work}.ahr"]
        argv = [AGENTREC, "ghost", str(self._folder / "run.ahr"), *options]
        env = self._agent.start(self._folder / "home", work, NOWHERE)
        return _timed(argv, env, self._folder)

    def _asked(self, prefix: list[str]) -> float:
        work = self._folder / "work"
        with ModelServer(delay=0.0, scenarios=self._scenarios) as server:
            env = self._agent.start(self._folder / "home", work, server.url)
            return _timed([*prefix, *self._agent.argv(self._agent.headless, PROMPT)], env, work)


def _timed(argv: list[str], env: dict[str, str], cwd: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        argv,
        env=env | {"PYTHONPATH": str(ROOT)},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise RuntimeError(f"{argv[:2]} failed")
    return time.perf_counter() - began
