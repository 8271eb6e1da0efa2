"""How long a file takes, beside lizard and jscpd, in the same minute."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from agentrec.guard.code.function_facts import function_facts
from agentrec.guard.code.source_language import language_of
from agentrec.guard.rules.file_change import FileChange
from agentrec.guard.rules.hardcoded_secrets import hardcoded_secrets
from agentrec.guard.source_tree import FileState

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.guard.guard_settings import GuardSettings

_NODE = ("jscpd@4", "express@4", "commander@12")
LINES = 350
_FILES = 15
_ROUNDS = 5


def install(folder: Path) -> None:
    """What the guard is compared with, and the npm packages that it reads. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "python" / "lizard_ext").exists():
        target = ["--target", str(folder / "python")]
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", *target, "lizard"], check=True
        )
    if not (folder / "node_modules" / "express").exists():
        quiet = ["--silent", "--no-audit", "--no-fund"]
        subprocess.run(["npm", "install", *quiet, "--prefix", str(folder), *_NODE], check=True)
    sys.path.insert(0, str(folder / "python"))


class Speed(NamedTuple):
    """Milliseconds for a file of 350 lines."""

    name: str
    ms: float


def measure(root: Path, peers: Path, settings: GuardSettings) -> list[Speed]:
    """The guard, lizard and jscpd on files of ``root``, cut to the same length."""
    with tempfile.TemporaryDirectory(prefix="agentrec-guard-") as folder:
        files = _cut(root, Path(folder))
        return [
            Speed("agentrec guard", _each(files, lambda path: _guard(path, settings))),
            Speed("lizard", _each(files, _lizard)),
            Speed("jscpd, with its start", _jscpd(Path(folder), peers, len(files))),
        ]


def _cut(root: Path, folder: Path) -> list[Path]:
    files = []
    for path in sorted(root.glob("*.py")):
        lines = path.read_text(errors="replace").split("\n")
        if len(lines) > LINES and len(files) < _FILES:
            files.append(folder / path.name)
            files[-1].write_text("\n".join(lines[:LINES]))
    return files


def _each(files: list[Path], check: Callable[[Path], None]) -> float:
    """The median file, of the fastest of several rounds."""
    best = []
    for path in files:
        times = []
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            check(path)
            times.append(time.perf_counter() - began)
        best.append(min(times))
    return 1000 * median(best)


def _guard(path: Path, settings: GuardSettings) -> None:
    data = path.read_bytes()
    language = language_of(path.name)
    assert language
    function_facts(data.decode(errors="replace"), language)
    list(hardcoded_secrets(FileChange(path.name, None, FileState(data, len(data))), settings))


def _lizard(path: Path) -> None:
    import lizard

    lizard.analyze_file(str(path))


def _jscpd(folder: Path, peers: Path, count: int) -> float:
    program = str(peers / "node_modules" / ".bin" / "jscpd")
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        subprocess.run([program, "--silent", str(folder)], capture_output=True, check=False)
        best = min(best, time.perf_counter() - began)
    return 1000 * best / count
