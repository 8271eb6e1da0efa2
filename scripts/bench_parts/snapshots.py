"""Snapshots of a large tree, beside `git add -A` on the same one; what many small ones take; a huge tree."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.bench_parts.bench import ROOT, Bench
from scripts.bench_parts.figures import Row, median

FILES, QUICK_FILES = 10_000, 300
MEAN = 6000  # bytes of a file
FIRST, FIRST_IN_GIT, TEN = 1000.0, 400.0, 60.0  # ms
HUGE, QUICK_HUGE = 500_000, 2500  # files
HUGE_MEAN = 1500  # bytes of a file there
HUGE_FIRST, TWENTY = 10_000.0, 30.0  # ms
GROWTH = 2.0  # times the bytes of the files that were changed
PROBE = "scripts.bench_parts.snapshot_probe"
WORDS = [
    b"value",
    b"return",
    b"if",
    b"self",
    b"import",
    b"for",
    b"name",
    b"path",
    b"(x)",
    b"= 0",
    b"#",
]


def run(bench: Bench) -> None:
    plain, repository = bench.folder / "plain", bench.folder / "repository"
    count = QUICK_FILES if bench.quick else FILES
    bench.say(f"snapshots: making two trees of {count:,} files")
    make_tree(plain, count)
    shutil.copytree(plain, repository)
    for args in (["init", "-q"], ["add", "-A"], [*_WHO, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(repository), *args], env=bench.env, check=True)
    rounds = 2 if bench.quick else 5
    found: dict[str, list[Any]] = {"plain": [], "repository": [], "git": []}
    for number, name in bench.rounds(rounds, list(found)):
        bench.say(f"snapshots: {name}, round {number + 1}")
        data = bench.folder / "stores" / f"{name}{number}"
        found[name].append(
            _git(bench, plain, data) if name == "git" else probe(bench, bench.folder / name, data)
        )
        shutil.rmtree(data, ignore_errors=True)
    bench.samples["snapshots"] = found
    _rows(bench, found, count)
    _growth(bench)
    _huge(bench, plain, count)


def make_tree(folder: Path, count: int) -> None:
    """Text files of exponentially spread sizes in directories of fifty."""
    chance = random.Random(1)
    for number in range(count):
        place = folder / f"d{number // 1000}" / f"e{number // 50 % 20}"
        if number % 50 == 0:
            place.mkdir(parents=True, exist_ok=True)
        size = min(200_000, int(chance.expovariate(1 / MEAN)) + 10)
        words = b" ".join(chance.choices(WORDS, k=40)) + b" %d\n" % number
        (place / f"file{number}.py").write_bytes((words * (size // len(words) + 1))[:size])


def make_huge_tree(folder: Path, count: int) -> None:
    """The same quickly: directories of fifty, twenty of them in one, and pieces of one text."""
    chance = random.Random(1)
    text = b"".join(b"value = self.name(path) # %d\n" % number for number in range(10_000))
    for number in range(count):
        place = f"{folder}/d{number // 50_000}/e{number // 1000 % 50}/f{number // 50 % 20}"
        if number % 50 == 0:
            os.makedirs(place)
        start = chance.randrange(len(text) // 2)
        size = int(chance.expovariate(1 / HUGE_MEAN))
        with open(f"{place}/file{number}.py", "wb", buffering=0) as file:
            file.write(b"%d\n" % number + text[start : start + size])


def probe(bench: Bench, tree: Path, data: Path, *args: str) -> dict[str, Any]:
    """What :mod:`scripts.bench_parts.snapshot_probe` tells."""
    line = [sys.executable, "-m", PROBE, str(tree), str(data), *args]
    done = subprocess.run(line, cwd=ROOT, env=bench.env, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _git(bench: Bench, tree: Path, data: Path) -> dict[str, Any]:
    """The same with git alone, in a git directory of its own."""
    data.mkdir(parents=True)
    env = {**bench.env, "GIT_DIR": str(data / "git"), "GIT_WORK_TREE": str(tree)}
    subprocess.run(["git", "init", "-q"], env=env, check=True)
    first, same = _added(env), _added(env)
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    ten = []
    for number in range(7):
        for path in files[number * 10 : number * 10 + 10]:
            with path.open("ab") as file:
                file.write(b"%d\n" % time.time_ns())
        ten.append(_added(env))
    return {"first": first, "same": same, "ten": ten}


def _added(env: dict[str, str]) -> float:
    began = time.perf_counter()
    for command in ("add -A", "write-tree"):
        line = ["git", *command.split()]
        subprocess.run(line, env=env, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def _rows(bench: Bench, found: dict[str, list[Any]], count: int) -> None:
    what = f"{count:,} files"
    theirs = median([one["first"] for one in found["git"]])
    for name, place, limit in (
        ("plain", "outside git", FIRST),
        ("repository", "in a git repository", FIRST_IN_GIT),
    ):
        values = [one["first"] for one in found[name]]
        figures = {"git add -A ms": theirs}
        _add(bench, f"{what}, first, {place}", values, limit, figures)
    values = [median(one["ten"]) for one in (*found["plain"], *found["repository"])]
    theirs = median([median(one["ten"]) for one in found["git"]])
    _add(bench, f"{what}, ten changed", values, TEN, {"git add -A ms": theirs})
    values = [one["same"] for one in (*found["plain"], *found["repository"])]
    theirs = median([one["same"] for one in found["git"]])
    _add(bench, f"{what}, nothing changed", values, None, {"git add -A ms": theirs})


def _add(
    bench: Bench, what: str, values: list[float], limit: float | None, figures: dict[str, Any]
) -> None:
    target = ("<=", limit) if limit is not None else None
    middle = median(values)
    bench.add(Row("snapshots", what, middle, "ms", target, min(values), max(values), figures))


def _growth(bench: Bench) -> None:
    tree, edits = bench.folder / "edited", 60 if bench.quick else 1000
    make_tree(tree, 200 if bench.quick else 1000)
    bench.say(f"snapshots: {edits} small edits")
    told = probe(bench, tree, bench.folder / "stores" / "edited", str(edits))
    figures = {"changed files bytes": told["changed"], "grown bytes": told["grown"]}
    figures["most in between bytes"] = told["most"]
    ratio = max(told["grown"], told["most"]) / told["changed"]
    what = f"store after {edits:,} edits, to the changed files' bytes"
    bench.add(Row("snapshots", what, ratio, "x", ("<=", GROWTH), None, None, figures))


def _huge(bench: Bench, small_tree: Path, small_count: int) -> None:
    """A tree in which looking at every file takes long, and one of the usual size."""
    tree, count = bench.folder / "huge", QUICK_HUGE if bench.quick else HUGE
    bench.say(f"snapshots: making a tree of {count:,} files")
    make_huge_tree(tree, count)
    bench.calm()
    bench.say(f"snapshots: {count:,} files, in the process that takes a recorder's")
    huge = probe(bench, tree, bench.folder / "stores" / "huge", "worker")
    small = probe(bench, small_tree, bench.folder / "stores" / "small", "worker")
    bench.calm()
    read = _tar(tree)
    shutil.rmtree(tree)
    bench.samples["huge"] = {"huge": huge, "small": small}
    what = f"{count:,} small files"
    _add(bench, f"{what}, first", [huge["first"]], HUGE_FIRST, {"tar ms": read})
    _add(bench, f"{what}, second, from which on they are watched", [huge["second"]], None, {})
    usual = median(small["twenty"])
    figures = {f"{small_count:,} files ms": usual}
    _add(bench, f"{what}, twenty changed", huge["twenty"], TWENTY, figures)
    ratio = median(huge["twenty"]) / usual
    what_ratio = f"{what}, twenty changed, to {small_count:,} files"
    bench.add(Row("snapshots", what_ratio, ratio, "x", None, None, None, {}))
    figures = {"most, during the first, MB": huge["peak"]}
    bench.add(
        Row("snapshots", f"{what}, memory", huge["resident"], "MB", None, None, None, figures)
    )


def _tar(tree: Path) -> float:
    """Milliseconds that `tar` takes to read every file of ``tree``, and to write it to a pipe."""
    began = time.perf_counter()
    argv = ["tar", "-cf", "-", "-C", str(tree), "."]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as program:
        assert program.stdout
        while program.stdout.read(1 << 20):
            pass
    if program.returncode:
        raise RuntimeError(f"tar ended with {program.returncode}")
    return (time.perf_counter() - began) * 1000


_WHO = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
