"""Sends recordings of real agents to a real Phoenix and compares what it shows; see ``scripts/phoenix``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from fixtures.modelserver import ModelServer
from scripts import locked_program
from scripts.phoenix_comparison import export, message_faults, rows
from scripts.phoenix_server import LOCK, PhoenixServer
from tests.agents_env import AGENTS
from tests.agents_env.recorded import PACKAGE, record

RUNS = [
    ("claude", "subagent"),
    ("claude", "failing-command"),
    ("codex", "parallel"),
    ("codex", "failing-command"),
]
_LINE = "| {} | {} | {} | {} | {} |"


def main() -> int:
    """Compare; 1 if anything differs, or sending it again has changed something."""
    parser = argparse.ArgumentParser(prog="scripts/phoenix")
    parser.add_argument("--keep", metavar="DIR", help="leave the recordings in this directory")
    parser.add_argument(
        "--conventions",
        metavar="DIR",
        help="check messages by the schemas in docs/gen-ai of OpenTelemetry's semantic conventions",
    )
    args = parser.parse_args()
    print("installing Phoenix if need be ...", file=sys.stderr)
    program = locked_program.install("phoenix", LOCK)
    if not program:
        print("Phoenix could not be installed", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, PhoenixServer(program) as phoenix:
        place = Path(args.keep or folder)
        place.mkdir(exist_ok=True)
        return _compare_all(phoenix, place, args.conventions)


def _compare_all(phoenix: PhoenixServer, place: Path, conventions: str | None) -> int:
    print(_LINE.format("run", "figure", "summary", "Phoenix", "equal"))
    print("| --- | --- | --: | --: | --- |")
    failed = 0
    sent = {}
    for name, scenario in RUNS:
        path, env = recorded(name, scenario, place)
        trace, spans = export(path, phoenix, env)
        sent[trace] = spans
        export(path, phoenix, env)
        for row in rows(path, trace, spans, phoenix):
            figures = (f"{figure:,.{row.places}f}" for figure in (row.summary, row.phoenix))
            _print(f"{name}, {scenario}", row.what, *figures, is_equal=row.is_equal)
            failed |= not row.is_equal
        for fault in message_faults(spans, conventions) if conventions else ():
            print(f"{name}, {scenario}: {fault}", file=sys.stderr)
            failed = 1
    take_all(phoenix, place / "last.ahr", env)
    again = {trace: phoenix.spans(trace) for trace in sent}
    counts = (str(sum(map(len, traces.values()))) for traces in (sent, again))
    _print("all", "spans, sent once and twice", *counts, is_equal=sent == again)
    return int(failed or sent != again)


def _print(*cells: str, is_equal: bool) -> None:
    print(_LINE.format(*cells, "yes" if is_equal else "NO"), flush=True)


def recorded(name: str, scenario: str, place: Path) -> tuple[str, dict[str, str]]:
    """The path of a new recording of an agent, and the environment that it ran in."""
    run = place / f"{name}-{scenario}"
    path = str(place / f"{name}-{scenario}.ahr")
    with ModelServer(delay=0.002) as server:
        agent = AGENTS[name]
        env = agent.start(run / "home", run / "work", server.url)
        argv = agent.argv(agent.headless, f"Go on. [[scenario:{scenario}]]")
        record(Path(path), argv, env, run / "work")
    return path, env | {"PYTHONPATH": PACKAGE}


def take_all(phoenix: PhoenixServer, path: Path, env: dict[str, str]) -> None:
    """Wait until Phoenix has stored what it was sent: one more trace, which is behind it in its queue."""
    record(path, ["true"], env, path.parent)
    export(str(path), phoenix, env)


if __name__ == "__main__":
    sys.exit(main())
