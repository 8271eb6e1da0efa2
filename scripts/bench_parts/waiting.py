"""Hours of a real agent whose model is slow: what recording computes meanwhile, and how large it gets."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from scripts.bench_parts import sessions
from scripts.bench_parts.bench import HERE, Bench, record_whole
from scripts.bench_parts.computed import computed, find
from scripts.bench_parts.figures import Row
from scripts.bench_parts.size import brotli_bytes, percent
from tests.agents_env import AGENTS, Agent
from tests.agents_env.drive import Step, Terminal

PART = "waiting"
MAX_CPU, MAX_SIZE = 0.5, 0.5  # % of a core, % of raw
MINUTES, QUICK_MINUTES = 10.0, 0.2
THINKS, QUICK_THINKS = 120.0, 1.0  # seconds before each answer
ANSWER = 5.0  # seconds that it takes itself
LOOK = (
    1.0  # seconds between two looks at what was computed, and at the screen: looks start processes
)


class Session(NamedTuple):
    """``seconds`` from the start to the end, and CPU seconds ``computed`` meanwhile."""

    agent: str
    seconds: float
    computed: float
    file: Path


def run(bench: Bench) -> None:
    if not sessions.available():
        bench.note("The part `waiting` is left out: it needs tmux.")
        return
    found = [agent for agent in AGENTS.values() if agent.program() is not None]
    minutes = bench.minutes or (QUICK_MINUTES if bench.quick else MINUTES)
    bench.say(f"waiting: {minutes:g} minutes")
    # At once: they hardly compute.
    with ThreadPoolExecutor(max(1, len(found))) as pool:
        thinks = QUICK_THINKS if bench.quick else THINKS
        for one in pool.map(lambda agent: session(bench, agent, minutes, thinks), found):
            _rows(bench, one)


def session(
    bench: Bench, agent: Agent, minutes: float, thinks: float, without: str = ""
) -> Session:
    """One agent goes through as many turns as fit into so many minutes; it waits ``thinks`` seconds for each.

    ``without`` names work that the recorder leaves out, see :mod:`without`.
    """
    name = f"{PART}-{without}-{agent.name}"
    out = bench.folder / name
    folder = Path(f"{out}-scenarios")
    folder.mkdir()
    turns = max(1, round(minutes * 60 / (thinks + ANSWER)))
    (folder / "day.toml").write_text(sessions.scenario(turns), encoding="utf-8")
    with ModelServer(delay=0.03, thinks=thinks, scenarios=folder) as server:
        work = sessions.copy(bench.folder / f"{name}-work")
        env = agent.start(bench.folder / f"{name}-home", work, server.url)
        steps = sessions.day(agent, 120 + 1.5 * (thinks + ANSWER) * (turns + 1))
        with tempfile.TemporaryDirectory(prefix="bench-") as short:  # a socket's path is short
            argv = record_whole(agent.argv(agent.tui), out)
            if without:
                argv = [sys.executable, str(HERE / "without.py"), without, *argv[1:]]
            return _driven(agent, argv, steps, env, work, out, Path(short))


def _driven(
    agent: Agent,
    argv: list[str],
    steps: list[Step],
    env: dict[str, str],
    work: Path,
    out: Path,
    folder: Path,
) -> Session:
    terminal = Terminal(folder, LOOK)
    seen: dict[int, float] = {}
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(f"{out}.ahr", seen, done))
    began = time.monotonic()
    try:
        terminal.open(argv, env, work, *sessions.SIZE)
        watching.start()
        for step in steps:
            terminal.perform(step)
        terminal.wait_for_end(60)
    finally:
        done.set()
        terminal.close()
    watching.join()
    return Session(agent.name, time.monotonic() - began, sum(seen.values()), Path(f"{out}.ahr"))


def _watch(file: str, seen: dict[int, float], done: threading.Event) -> None:
    recorder = None
    while not done.wait(LOOK):
        recorder = recorder or find(file)
        if recorder:
            computed(recorder, seen)


def _rows(bench: Bench, session: Session) -> None:
    with Recording.open(str(session.file)) as recording:
        shown = (event.data for event in recording.events() if event.track == "term")
        raw = b"".join(data for data in shown if isinstance(data, bytes))
    figures = {"minutes": session.seconds / 60, "CPU s": session.computed}
    share = 100 * session.computed / session.seconds
    what = f"{session.agent}, slow model, of a core"
    bench.add(Row(PART, what, share, "%", ("<=", MAX_CPU), figures=figures))
    size = session.file.stat().st_size
    figures = {
        "raw MB": len(raw) / 1e6,
        "recording KB": size / 1e3,
        "raw bytes + brotli 9 %": percent(brotli_bytes(raw), raw),
    }
    what = f"{session.agent}, slow model, size of raw"
    bench.add(Row(PART, what, percent(size, raw), "%", ("<=", MAX_SIZE), figures=figures))
