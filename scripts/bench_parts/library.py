"""A library of 1,000 recordings: how long the index takes, and questions to it, and what gets lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts import library as maker
from scripts.bench_parts.bench import AGENTREC, ROOT, Bench
from scripts.bench_parts.figures import Row, median, quantile
from scripts.bench_parts.held import most_held

LS, SEARCH, UPDATE = 150.0, 150.0, 50.0  # ms, medians
MEMORY = 150.0  # MB while the index is built
ENTRY = 4.0  # ms for each recording
LOAD = "scripts.bench_parts.library_load"
# Rare and common words, beginnings, phrases, several words, other scripts, and narrowed ones.
QUERIES = (
    ["recorder"],
    ["the"],
    ["self"],
    ["return None"],
    ['"def feed"'],
    ["nonexistentword"],
    ["terminal -screen"],
    ["測試"],
    ["make", "--tool", "Bash", "--exit", "failed"],
    ["check", "--agent", "claude", "--kind", "tool"],
    ["--kind", "note"],
)


def run(bench: Bench) -> None:
    count = 30 if bench.quick else maker.COUNT
    recordings = bench.folder / "library"
    bench.say(f"library: making {count} recordings")
    maker.main(str(recordings), count)
    _build(bench, recordings, count)
    _ask(bench, recordings)
    _add(bench, recordings)
    _share(bench)


def _build(bench: Bench, recordings: Path, count: int) -> None:
    bench.say("library: building the index")
    peak: list[float] = []
    took = _command(bench, "ls", "--rebuild", "--folder", str(recordings), peak=peak)
    raw = bench.folder / "home/.local/share/agentrec/library.db"
    figures = {
        "s": took / 1000,
        "recordings MB": sum(path.stat().st_size for path in recordings.rglob("*.ahr")) / 1e6,
        "index MB": raw.stat().st_size / 1e6,
    }
    each = took / count
    bench.add(
        Row(
            "library",
            f"index of {count} recordings, each",
            each,
            "ms",
            ("<=", ENTRY),
            figures=figures,
        )
    )
    bench.add(Row("library", "most held while building", max(peak), "MB", ("<=", MEMORY)))
    bench.say("library: reading it in one process")
    told = _load(bench, "read_all", str(recordings))
    means = {name: sum(held) / len(held) for name, held in told.items()}
    figures = {f"{name} ms": mean for name, mean in means.items()}
    screens = 100 * (1 - means["without screens"] / means["everything"])
    bench.add(Row("library", "of reading, for screens", screens, "%", figures=figures))


def _ask(bench: Bench, recordings: Path) -> None:
    """Whole commands, from the start of the process to its end, with an index that is up to date."""
    rounds = 2 if bench.quick else 15
    bench.say("library: ls and search")
    where = ["--folder", str(recordings)]
    listing = [_command(bench, "ls", *where) for _ in range(rounds)]
    bench.add(_row("ls, whole command", listing, LS))
    found = {
        " ".join(query): [_command(bench, "search", *query, *where) for _ in range(rounds)]
        for query in QUERIES
    }
    every = [value for values in found.values() for value in values]
    slowest = max(found, key=lambda query: median(found[query]))
    figures = {
        "p95 ms": quantile(every, 0.95),
        "slowest": slowest,
        "its ms": median(found[slowest]),
    }
    bench.samples["library, search ms"] = found
    bench.add(_row("search, whole command", every, SEARCH, figures))


def _add(bench: Bench, recordings: Path) -> None:
    """One more recording at a time, in a process that has the parts for reading at hand."""
    count = 3 if bench.quick else 40
    bench.say("library: adding recordings")
    told = _load(bench, "add", str(recordings), str(count))
    figures = {"max ms": max(told["added"]), "nothing new ms": median(told["unchanged"])}
    bench.samples["library, update ms"] = told
    bench.add(_row("update, a new recording", told["added"], UPDATE, figures))


def _share(bench: Bench) -> None:
    """Two processes add and look for what they added while a third searches."""
    seconds = 3 if bench.quick else 60
    bench.say(f"library: two writers and a reader for {seconds} s")
    folder = bench.folder / "shared"
    names = (("write", "x"), ("write", "y"), ("read", ""))
    started = [
        _start(bench, role, str(folder), name, str(seconds), out=subprocess.PIPE)
        for role, name in names
    ]
    told = [json.loads(process.communicate(timeout=seconds + 120)[0]) for process in started]
    written = sum(it["written"] for it in told[:2])
    kept = _load(bench, "count", str(folder))
    lost = written - kept["recordings"] + sum(it["missed"] for it in told)
    figures = {"recordings": written, "searches meanwhile": told[2]["searches"]}
    bench.samples["library, shared"] = told
    bench.add(
        Row("library", "lost by two writers and a reader", lost, "", ("<=", 0), figures=figures)
    )


def _row(
    what: str, values: list[float], target: float, figures: dict[str, Any] | None = None
) -> Row:
    ends = (min(values), max(values))
    return Row("library", what, median(values), "ms", ("<=", target), *ends, figures or {})


def _command(bench: Bench, *arguments: str, peak: list[float] | None = None) -> float:
    """Milliseconds that `agentrec` took; the MB it held go into ``peak`` while it runs."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [AGENTREC, *arguments],
        env=bench.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while peak is not None and process.poll() is None:
        peak.append(most_held(process.pid))
        time.sleep(0.02)
    process.wait()
    took = (time.perf_counter() - began) * 1000
    if process.returncode not in (0, 1):  # 1: nothing found
        raise RuntimeError(f"agentrec {' '.join(arguments)} ended with {process.returncode}")
    return took


def _start(bench: Bench, *arguments: str, out: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", LOAD, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=bench.env, stdout=out, text=True)


def _load(bench: Bench, *arguments: str) -> dict[str, Any]:
    process = _start(bench, *arguments, out=subprocess.PIPE)
    out = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"{LOAD} {arguments[0]} failed")
    found: dict[str, Any] = json.loads(out)
    return found
