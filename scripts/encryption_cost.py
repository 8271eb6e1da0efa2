"""What encryption costs a recorder: ``python -m scripts.encryption_cost [ROUNDS]``.

Each round makes every recording twice, one after the other, encrypted and not, in turns first. Neither takes
snapshots. Before each the machine has to be quiet: what is not encrypted is packed in the background once it
has ended. Figures are medians of what differs within a round.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage

from scripts.bench_parts import streams
from scripts.bench_parts.bench import Bench
from scripts.bench_parts.outer import Outer

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 21
FLOOD_BYTES = 128 << 20
# Prints the time of its first instruction that can print.
_FIRST = "import time; print(time.monotonic_ns())"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder)
        flood = folder / "flood"
        flood.write_bytes(b"".join(streams.log(FLOOD_BYTES)))
        found: dict[str, list[tuple[float, float]]] = {}
        for number in range(rounds):
            for what, measure in {
                "true": _true,
                "first byte": _first_byte,
                "flood": _flood,
            }.items():
                plain, encrypted = _pair(
                    lambda words, m=measure: m(words, folder), recipient, number, bench
                )
                found.setdefault(what, []).append((plain, encrypted))
    busy = f", {bench.busy} measurements on a busy machine" if bench.busy else ""
    print(f"{rounds} rounds on {os.cpu_count()} cores{busy}")
    for what in ("true", "first byte"):
        added = statistics.median((e - p) * 1000 for p, e in found[what])
        label = {"true": "`true`, from start to exit", "first byte": "child's first byte"}[what]
        print(f"{label}: {added:+.1f} ms")
    ratio = statistics.median(p / e for p, e in found["flood"])
    print(f"log of {FLOOD_BYTES >> 20} MiB in a terminal: {ratio:.3f} of the speed")


def _pair(
    measure: Callable[[list[str]], float], recipient: str, number: int, bench: Bench
) -> tuple[float, float]:
    """Seconds without and with encryption."""
    sides: list[list[str]] = [[], ["--encrypt-to", recipient]]
    took = {}
    for side in sides if number % 2 else sides[::-1]:
        bench.calm()
        took[len(side)] = measure(side)
    return took[0], took[2]


def _record(words: list[str], folder: Path, command: list[str]) -> float:
    argv = [sys.executable, "-m", "agentrec", "record", "-q", "--headless", "--no-snapshots"]
    argv += [*words, "--overwrite", "-o", str(folder / "new.ahr"), "--", *command]
    env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
    started = time.perf_counter()
    subprocess.run(argv, check=True, env=env, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _true(words: list[str], folder: Path) -> float:
    return _record(words, folder, ["true"])


def _flood(words: list[str], folder: Path) -> float:
    """Seconds for each MB that a terminal got, from its first byte to its last."""
    argv = [sys.executable, "-m", "agentrec", "record", "-q", "--no-snapshots", "--overwrite"]
    argv += [*words, "-o", str(folder / "new.ahr"), "--", "cat", str(folder / "flood")]
    env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
    outer = Outer(argv, env, folder)
    flow = outer.drain()
    if outer.wait():
        raise RuntimeError("it could not be recorded")
    return 1 / flow.rate


def _first_byte(words: list[str], folder: Path) -> float:
    mark = folder / "mark"
    started = time.monotonic_ns()
    _record(words, folder, ["sh", "-c", f'exec "{sys.executable}" -S -c "{_FIRST}" > "{mark}"'])
    return (int(mark.read_text()) - started) / 1e9


if __name__ == "__main__":
    main()
