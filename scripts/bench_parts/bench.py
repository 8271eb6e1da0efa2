"""One run of the benchmark: its folder, its environment, its peers, and what it found."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from scripts import locked_program
from scripts.bench_parts.figures import Row

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
AGENTREC = str(Path(sys.executable).parent / "agentrec")

LOOK = 0.3  # seconds over which the machine's load is looked at
BUSY = 12.0  # % of all processors from which on a measurement would wait
PATIENCE = 40  # looks

Wrap = Callable[[Sequence[str], Path], list[str]]


@dataclass
class Bench:
    """``peers`` are ways to run a command, by name; ``quick`` asks for a small run."""

    folder: Path
    quick: bool = False
    minutes: float = 0.0  # that agents wait for a slow model; 0: the usual
    recordings: int = 0  # of the largest library of `growth`; 0: the usual
    peers: dict[str, Wrap] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    samples: dict[str, Any] = field(default_factory=dict)
    busy: int = 0  # how often nothing would make the machine quiet
    may_install: bool = False

    @property
    def env(self) -> dict[str, str]:
        """A person's plain environment, with a home of its own."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "SHELL": "/bin/sh",
            "ASCIINEMA_API_URL": "http://127.0.0.1:9",  # nothing is ever uploaded
        }

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def say(self, text: str) -> None:
        """Progress, for whoever waits."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def calm(self) -> None:
        """Wait, if need be, until the rest of the machine is quiet; after some seconds take it as it is."""
        if self.quick:
            return
        for _ in range(PATIENCE):
            if psutil.cpu_percent(LOOK) < BUSY:
                return
        self.busy += 1

    def rounds(self, count: int, names: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Interleaved: every round takes each name once, each time beginning with another."""
        for number in range(count):
            self.calm()
            for index in range(len(names)):
                yield number, names[(index + number) % len(names)]


def find_peers(bench: Bench, *, install: bool) -> None:
    """Fill in ``bench.peers``; say in a note which are missing and why."""
    bench.peers["direct"] = lambda command, _: list(command)
    relay = _compile_relay(bench)
    if relay:
        bench.peers["C relay"] = lambda command, _: [relay, *command]
    pump = [sys.executable, str(HERE / "pump.py")]
    bench.peers["pump"] = lambda command, _: [*pump, *command]
    if _has_script():
        bench.peers["script"] = _script
    else:
        bench.note("util-linux `script` is not here: its rows are left out.")
    bench.may_install = install
    asciinema = installed(bench, "asciinema", "bench", install=install)
    if asciinema:
        bench.peers["asciinema"] = lambda command, out: [
            *(asciinema, "rec", "-q", "--overwrite", "-c", shlex.join(command), f"{out}.cast")
        ]
    bench.peers["agentrec"] = record


def record(command: Sequence[str], out: Path, *options: str) -> list[str]:
    """``agentrec record`` into ``out`` + ``.ahr``."""
    return [AGENTREC, "record", "-q", "--overwrite", *options, "-o", f"{out}.ahr", "--", *command]


def record_whole(command: Sequence[str], out: Path) -> list[str]:
    """The same, with all that otherwise happens in the background once the command has ended."""
    return record(command, out, "--wait")


def _script(command: Sequence[str], out: Path) -> list[str]:
    return ["script", "-q", "-e", "-c", shlex.join(command), f"{out}.typescript"]


def _has_script() -> bool:
    if not shutil.which("script"):
        return False
    done = subprocess.run(["script", "--version"], capture_output=True, text=True, check=False)
    return "util-linux" in done.stdout


def _compile_relay(bench: Bench) -> str | None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        bench.note("There is no C compiler here: the C relay's rows are left out.")
        return None
    program = str(bench.folder / "relay")
    command = [compiler, "-O2", "-o", program, str(HERE / "relay.c"), "-lutil"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        bench.note(f"The C relay does not compile here: {done.stderr.strip().splitlines()[-1]}")
        return None
    return program


def installed(bench: Bench, name: str, lock: str, *, install: bool) -> str | None:
    """The program ``name`` from its locked packages, in an environment of its own, if it is there."""
    program = locked_program.find(name, lock)
    if not program and install:
        bench.say(f"installing {name}")
        program = locked_program.install(name, lock)
    if not program:
        bench.note(f"{name} could not be installed: its rows are left out.")
        return None
    return str(program)
