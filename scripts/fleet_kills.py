"""What is lost when uploaders are killed? ``python -m scripts.fleet_kills --help``.

Two `agentrec push` of the same recordings run at once, on the same empty remote. Each is killed when a random
number of objects is there, and a moment later. Then two run to their ends. After every step each version in
the remote has to be complete; at the end each recording has to have one, and no object may be there that no
version names.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from agentrec.fleet.bucket.object_names import ROOT, parse_version
from agentrec.fleet.bucket.remote import Remote, open_remote
from agentrec.fleet.bucket.remote_listing import read_version, remote_recordings
from agentrec.recording.events import Event
from agentrec.recording.rewrite import save
from scripts.object_server import ObjectServer

KILLS = 200
UPLOADERS = 2
TIMEOUT_SECONDS = 120
# Between the object after which an uploader is killed, and the kill: it is anywhere in the next ones.
MAX_DELAY_SECONDS = 0.05
# Output of the recordings in bytes: most are small, one has several parts.
SIZES = (500, 4_000, 30_000, 200_000, 1_000_000, 20_000_000)
WITH_SNAPSHOTS = 2
_OUTPUT_BYTES = 1 << 16


class Faults(NamedTuple):
    """Recordings that are not in the remote, or twice; versions that are not complete; objects of none."""

    lost: int
    doubled: int
    half: int
    orphans: int

    def plus(self, other: Faults) -> Faults:
        return Faults(*(a + b for a, b in zip(self, other, strict=True)))


class Fleet:
    """A home with recordings, and a remote that they are pushed to."""

    def __init__(self, folder: Path, url: str, env: dict[str, str]) -> None:
        self.url = url
        self.env = env | {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.getcwd(),
            "LANG": "C.UTF-8",
        }
        self.paths = _made(folder) + self._recorded(folder)
        self.sums = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.paths}

    def start(self, url: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "agentrec", "push", *map(str, self.paths), "--remote", url]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, env=self.env, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE
        )

    def finish(self, url: str) -> float:
        """Push everything, twice at once; the seconds that it takes."""
        began = time.monotonic()
        for one in [self.start(url) for _ in range(UPLOADERS)]:
            _, errors = one.communicate(timeout=TIMEOUT_SECONDS)
            if one.returncode:
                raise SystemExit(f"a push failed: {errors.decode(errors='replace')}")
        return time.monotonic() - began

    def kill(self, url: str, objects: int, dice: random.Random) -> None:
        """Start uploaders, and kill each when a random part of all ``objects`` is there."""
        remote = open_remote(url, create=True)
        running = [self.start(url) for _ in range(UPLOADERS)]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        for target in sorted(dice.uniform(0, objects) for _ in running):
            while len(list(remote.list(ROOT))) < target and time.monotonic() < deadline:
                time.sleep(0.002)
            time.sleep(dice.uniform(0, MAX_DELAY_SECONDS))
            one = running.pop(dice.randrange(len(running)))
            one.kill()
            one.communicate()

    def faults(self, remote: Remote, *, at_end: bool) -> Faults:
        """What is wrong in a remote."""
        sizes = {one.key: one.size for one in remote.list(ROOT)}
        there = remote_recordings(remote)
        named, half, sums = set(filter(parse_version, sizes)), 0, []
        for recording in there.values():
            for name in recording.versions:
                version = read_version(remote, name)
                sums.append(version.recording.sha256)
                files = [version.recording, *(one.pack for one in version.snapshots)]
                files += [one.file for one in version.conversations]
                keys = {f"{ROOT}/{name.id}/{part.name}": part for f in files for part in f.parts}
                named |= set(keys)
                whole = all(
                    key in sizes
                    and hashlib.sha256(remote.read(key, part.size)).hexdigest() == part.sha256
                    for key, part in keys.items()
                )
                half += not whole
        if not at_end:
            return Faults(0, 0, half, 0)
        lost = sum(wanted not in sums for wanted in self.sums.values())
        doubled = len(sums) - len(there)
        return Faults(lost, doubled, half, len(set(sizes) - named))

    def _recorded(self, folder: Path) -> list[Path]:
        """Recordings with snapshots, of files that are the same each time and of such that are not."""
        paths = []
        for number in range(WITH_SNAPSHOTS):
            work = folder / f"work{number}"
            work.mkdir()
            (work / "noise").write_bytes(os.urandom(300_000))
            path = folder / f"recorded{number}.ahr"
            command = [sys.executable, "-m", "agentrec", "record", "--headless", "--wait", "-q"]
            script = "for n in 1 2 3; do echo $n > file$n; sleep 0.3; done"
            command += ["-o", str(path), "--", "sh", "-c", script]
            subprocess.run(command, env=self.env, cwd=work, check=True, stdout=subprocess.DEVNULL)
            paths.append(path)
        return paths


def _made(folder: Path) -> list[Path]:
    paths = []
    for number, size in enumerate(SIZES):
        events = [
            Event(seq, seq, "term", "output", os.urandom(min(_OUTPUT_BYTES, size - at)))
            for seq, at in enumerate(range(0, size, _OUTPUT_BYTES))
        ]
        path = folder / f"made{number}.ahr"
        header = {"id": f"made-{number}", "created": "2026-01-31T14:22:33Z", "command": ["sh"]}
        save(str(path), {**header, "cols": 80, "rows": 24}, events)
        paths.append(path)
    return paths


class Measured(NamedTuple):
    """``cut`` are rounds in which the kills left some objects and not all; ``seconds`` of a push."""

    faults: Faults
    rounds: int
    cut: int
    seconds: float

    def row(self) -> str:
        cells = (self.rounds * UPLOADERS, f"{self.cut} of {self.rounds}", *self.faults)
        return f"{' | '.join(map(str, cells))} | {self.seconds:.1f}"


def measure(fleet: Fleet, kills: int, dice: random.Random) -> Measured:
    """Kill uploaders in rounds, each with a remote of its own; what went wrong in all of them."""
    seconds = fleet.finish(warm := f"{fleet.url}/warm")
    objects = len(list(open_remote(warm).list(ROOT)))
    total, cut, rounds = Faults(0, 0, 0, 0), 0, kills // UPLOADERS
    for number in range(rounds):
        url = f"{fleet.url}/{number}"
        fleet.kill(url, objects, dice)
        remote = open_remote(url)
        left = len(list(remote.list(ROOT)))
        total = total.plus(fleet.faults(remote, at_end=False))
        fleet.finish(url)
        total = total.plus(fleet.faults(remote, at_end=True))
        cut += 0 < left < len(list(remote.list(ROOT)))
    return Measured(total, rounds, cut, seconds)


def main() -> None:
    """Print a line for each kind of remote; exit with 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, metavar="N")
    parser.add_argument("--only", choices=("s3", "file"))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    args = parser.parse_args()
    dice = random.Random(args.seed)
    print(f"seed {args.seed}, {UPLOADERS} uploaders at once")
    print(
        "| remote | kills | rounds cut | lost | doubled | half there | objects of none | push, s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    every = Faults(0, 0, 0, 0)
    for kind in (args.only,) if args.only else ("s3", "file"):
        with tempfile.TemporaryDirectory(prefix="agentrec-fleet-") as place:
            measured = _of_kind(kind, Path(place), args.kills, dice)
        every = every.plus(measured.faults)
        print(f"| {kind} | {measured.row()} |", flush=True)
    sys.exit(any(every))


def _of_kind(kind: str, place: Path, kills: int, dice: random.Random) -> Measured:
    home = place / "home"
    home.mkdir()
    if kind == "file":
        return measure(Fleet(home, f"file://{place}/remote", {}), kills, dice)
    with ObjectServer() as server:
        os.environ.update(server.env)
        return measure(Fleet(home, server.bucket("kills"), dict(server.env)), kills, dice)


if __name__ == "__main__":
    main()
