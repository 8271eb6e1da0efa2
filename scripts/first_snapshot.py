"""Is the first snapshot the state before the command? ``python -m scripts.first_snapshot --help``.

Each try scans a repository, records a command that changes it at once, and compares the first snapshot of the
recording with the scan: every file, its mode and what is left out. Then the repository is put back.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.snapshots.snapshotter import Snapshotter
from scripts.bench_parts.bench import ROOT
from scripts.bench_parts.snapshots import make_tree

# What a command does to a file F first of all, and what else it does.
CHANGES = {
    "write": 'echo changed >"$F"',
    "append": 'echo changed >>"$F"',
    "replace": 'echo changed >"$F.new"; mv "$F.new" "$F"',
    "delete": 'rm "$F"',
    "move": 'mv "$F" "$F.moved"',
    "permissions": 'chmod 600 "$F"',
    "delete directory": 'rm -r "${F%/*}"',
    "move directory": 'mv "${F%/*}" "${F%/*}.moved"',
    "git rm": 'git rm -qf "$F" || rm "$F"',
    "git commit": 'echo changed >>"$F"; git -c user.name=a -c user.email=a@b commit -qam changed',
    "new": 'echo new >"$F.new"',
}
SPECIAL = 20  # files that differ from the index, and untracked ones
SHORT = 4  # every so many commands end at once
_WHO = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")


class Place:
    """A repository with modified and untracked files, and a home for recordings."""

    def __init__(self, folder: Path, files: int) -> None:
        self.root, self.home = folder / "repository", folder / "home"
        self.home.mkdir()
        self.env = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        make_tree(self.root, files)
        (self.root / ".gitignore").write_text("*.log\nbuild/\n.env\n")
        for args in (["init", "-q"], ["add", "-A"], [*_WHO, "commit", "-qm", "all"]):
            self.git(*args)
        self.base = self.git("rev-parse", "HEAD").strip()
        chance = random.Random(7)
        self.clean = [line for line in self.git("ls-files").splitlines() if "/" in line]
        self.dirty = chance.sample(self.clean, SPECIAL)
        self.clean = sorted(set(self.clean) - set(self.dirty))
        self.untracked = [f"{os.path.dirname(path)}/untracked" for path in self.dirty]
        self.put_back()

    def git(self, *args: str) -> str:
        line = ["git", "-C", str(self.root), *args]
        done = subprocess.run(line, env=self.env, capture_output=True, text=True, check=True)
        return done.stdout

    def put_back(self) -> None:
        """Make everything as it was at first, but for the times of what was changed."""
        self.git("reset", "-q", "--hard", self.base)
        self.git("clean", "-fdqx")
        for number, path in enumerate(self.dirty):
            with (self.root / path).open("a") as file:
                file.write(f"modified {number}\n")
        for number, path in enumerate(self.untracked):
            (self.root / path).write_text(f"untracked {number}\n")
        (self.root / ".env").write_text("KEY=value\n")
        self.git("status")  # as an editor or a prompt does all the time: git refreshes its index


def main() -> None:
    args = _arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, too
    folder = Path(tempfile.mkdtemp(prefix="first-", dir=args.folder))
    hogs = [_hog() for _ in range(2 * (os.cpu_count() or 1) if args.busy else 0)]
    try:
        place = Place(folder, args.files)
        added = _start_times(place, args.pairs)
        print(f"  {_start_text(added)}", file=sys.stderr, flush=True)
        wrong, kinds = _tries(place, args.tries)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
        shutil.rmtree(folder, ignore_errors=True)
    busy = f", {len(hogs)} busy processes on {os.cpu_count()} cores" if hogs else ""
    print(f"{args.files:,} files{busy}")
    print(_start_text(added))
    tries = kinds.total()
    print(f"first snapshot right: {tries - len(wrong):,} of {tries:,}", end="; ")
    print(", ".join(f"{name} {count}" for name, count in sorted(kinds.items())))
    sys.exit(bool(wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/first_snapshot", description=__doc__)
    parser.add_argument("--tries", type=int, default=1000, metavar="N")
    parser.add_argument("--files", type=int, default=10_000, metavar="N")
    parser.add_argument(
        "--pairs", type=int, default=60, metavar="N", help="start times with and without"
    )
    parser.add_argument(
        "--busy", action="store_true", help="two busy processes for each core meanwhile"
    )
    parser.add_argument("--folder", metavar="DIR", help="where the repository is made")
    return parser.parse_args()


def _hog() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


def _tries(place: Place, count: int) -> tuple[list[str], Counter[str]]:
    """What was wrong, and how many tries there were of each kind."""
    chance, wrong, kinds = random.Random(5), list[str](), Counter[str]()
    taker = _taker(place)
    try:
        for number in range(count):
            if number % 100 == 0:
                print(f"  {number} tries, {len(wrong)} wrong", file=sys.stderr, flush=True)
            if number % 10 == 0:  # a first recording without an earlier snapshot
                taker.store.close()
                shutil.rmtree(place.home / ".local", ignore_errors=True)
                taker = _taker(place)
            kind, why = _try(place, taker, chance, number)
            kinds[kind] += 1
            if why:
                wrong.append(why)
                print(f"  wrong: {why}", file=sys.stderr, flush=True)
            place.put_back()
    except KeyboardInterrupt:
        pass  # the figures so far
    taker.store.close()
    return wrong, kinds


def _try(place: Place, taker: Snapshotter, chance: random.Random, number: int) -> tuple[str, str]:
    """One try: which kind of file was changed, and what was wrong."""
    name = list(CHANGES)[number % len(CHANGES)]
    kind = ("clean", "dirty", "untracked")[number // len(CHANGES) % 3]
    file = chance.choice(getattr(place, kind))
    expected = taker.scan()
    script = CHANGES[name] + ("" if number % SHORT == 0 else "; sleep 0.35")
    why = _one(place, script, file, (expected.tree, expected.manifest))
    return kind, f"{name} of {file} ({kind}): {why}" if why else ""


def _taker(place: Place) -> Snapshotter:
    """A snapshotter whose next scans read little."""
    taker = Snapshotter.open(str(place.root), place.env, "expected")
    taker.take()
    return taker


def _one(place: Place, script: str, file: str, expected: tuple[str, bytes]) -> str:
    """Why the first snapshot is wrong, empty if it is right."""
    path = place.home / "run.ahr"
    done = _record(place, path, ["sh", "-c", script], F=file)
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
    with Recording.open(str(path)) as recording:
        snapshots = recorded_snapshots(recording)
    path.unlink()
    if not snapshots:
        return "no snapshot"
    first = snapshots[0]
    if first.record.missed:
        return f"missed {', '.join(first.record.missed_paths)}"
    store, snapshot = first.open(place.env)
    manifest = store.objects.read(snapshot.manifest, "blob")
    store.close()
    if first.t or snapshot.label != "start":
        return f"the first snapshot is {snapshot.label}, at {first.t} ns"
    if snapshot.tree != expected[0]:
        return "another tree"
    return "" if json.loads(manifest) == json.loads(expected[1]) else "another manifest"


def _record(
    place: Place, path: Path, command: list[str], *options: str, **more: str
) -> subprocess.CompletedProcess[bytes]:
    line = [*_RECORD, "-o", str(path), *options, "--", *command]
    return subprocess.run(
        line,
        cwd=place.root,
        env=place.env | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


_RECORD = (sys.executable, "-P", "-m", "agentrec", "record", "-q", "--headless", "--overwrite")


def _start_times(place: Place, pairs: int) -> list[float]:
    """Milliseconds that snapshots add to the time until the command's first byte, of each pair."""
    added = []
    for number in range(pairs + 1):
        both = [((), 1), (("--no-snapshots",), -1)]
        sum_ms = sum(
            sign * _first_byte(place, *options) for options, sign in both[:: (-1) ** number]
        )
        if number:  # the first compiles modules
            added.append(sum_ms)
    return added


def _start_text(added: list[float]) -> str:
    if not added:
        return "start: not measured"
    low, _, high = statistics.quantiles(added, n=4) if len(added) > 1 else (added[0],) * 3
    return (
        f"start, added by snapshots: {statistics.median(added):.1f} ms "
        f"(middle half {low:.1f} … {high:.1f}, {len(added)} pairs)"
    )


def _first_byte(place: Place, *options: str) -> float:
    line = [*_RECORD, "-o", str(place.home / "start.ahr"), *options, "--", "echo", "x"]
    began = time.perf_counter()
    with subprocess.Popen(
        line, cwd=place.root, env=place.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.read(1)
        seen = time.perf_counter()
    return (seen - began) * 1000


if __name__ == "__main__":
    main()
