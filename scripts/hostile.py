"""Hostile files: ``python -m scripts.hostile``. Makes each, runs every command on it, prints what it took.

Exits with 1 if a command took more than it may, ended in a traceback, or with a wrong exit code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.hostile_parts.bundles import BUNDLES
from scripts.hostile_parts.commands import (
    ON_BUNDLES,
    ON_IMPORTS,
    ON_LINEAGES,
    ON_RECORDINGS,
    ON_STORES,
)
from scripts.hostile_parts.imports import IMPORTS
from scripts.hostile_parts.lineages import LINEAGES, write_lineage
from scripts.hostile_parts.log import Log
from scripts.hostile_parts.measure import Limits, Measured, fault_of, run
from scripts.hostile_parts.recordings import RECORDINGS, write
from scripts.hostile_parts.report import faults, table
from scripts.hostile_parts.stores import STORES, write_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scripts.hostile_parts.commands import Command

_MB = 1 << 20


def main() -> int:
    args = _arguments()
    limits = Limits(args.seconds, args.memory)
    log = Log(args.log)
    with tempfile.TemporaryDirectory(prefix="agentrec-hostile-") as folder:
        for path, commands in _files(Path(folder), args, log):
            for command in commands:
                log.add(_try(path, command, Path(folder), limits))
                for line in faults(log.measured[-1:]):
                    print(line, file=sys.stderr, flush=True)
    measured = log.measured
    print("\n".join(table(measured)))
    broken = list(faults(measured))
    every = sum(map(len, (RECORDINGS, IMPORTS, STORES, BUNDLES, LINEAGES)))
    tried = f"{len(measured)} runs on {len({one.file for one in measured})} of {every} files"
    print(f"\n{tried} of up to {args.size} MiB, {len(broken)} beyond the limits or wrong")
    print(*broken, sep="\n")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/hostile", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--size", type=int, default=64, help="of a file at most, in MiB (default: 64)")
    add("--seconds", type=float, default=10, help="of CPU for each command (default: 10)")
    add("--memory", type=float, default=300, help="MB for each command (default: 300)")
    add("--file", default="", help="only files with this word in their name")
    add("--command", default="", help="only commands with this word in their name")
    add("--log", help="a file that keeps what was measured; a run that was stopped goes on there")
    return parser.parse_args()


def _files(
    folder: Path, args: argparse.Namespace, log: Log
) -> Iterator[tuple[Path, list[Command]]]:
    """Each file, alone in a folder, and what is still to be run on it."""
    there = folder / "files"
    there.mkdir()
    for name, write_file, commands in _kinds(args.size * _MB, folder / "made"):
        path = there / name.replace(" ", "-")
        chosen = [each for each in commands if args.command in each.name]
        left = [each for each in chosen if (path.name, each.name) not in log]
        if left and args.file in name:
            write_file(path)
            yield path, left
            shutil.rmtree(there)
            there.mkdir()
            shutil.rmtree(folder / "made", ignore_errors=True)


def _kinds(
    size: int, home: Path
) -> Iterator[tuple[str, Callable[[Path], object], tuple[Command, ...]]]:
    for name, maker in RECORDINGS.items():
        yield f"{name}.ahr", partial(write, maker=maker, size=size), ON_RECORDINGS
    for name, make in IMPORTS.items():
        yield name, partial(_write_import, make=make, size=size), ON_IMPORTS
    for name, make in BUNDLES.items():
        yield name, partial(_write_import, make=make, size=size), ON_BUNDLES
    for name in LINEAGES:
        yield f"{name}.ahr", partial(write_lineage, name=name, size=size), ON_LINEAGES
    for name in STORES:
        env = _environment(home)
        yield f"{name}.ahr", partial(write_store, name=name, size=size, env=env), ON_STORES


def _write_import(path: Path, make: Callable[[int], bytes], size: int) -> None:
    path.write_bytes(make(size)[:size])


def _try(path: Path, command: Command, folder: Path, limits: Limits) -> Measured:
    home, work = folder / "home", folder / "work"
    for each in (home, work):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    made = folder / "made"  # the stores of this file
    if made.exists():
        shutil.copytree(made, home, dirs_exist_ok=True, copy_function=os.link)
    names = {"FILE": str(path), "DIR": str(path.parent), "OUT": str(work / "out")}
    argv = [_filled(word, names) for word in command.argv]
    one = run(argv, _environment(home), work / "stdout", limits)
    fault = fault_of(one, command.codes, limits, converts=command.converts)
    return one._replace(file=path.name, command=command.name, fault=fault)


def _environment(home: Path) -> dict[str, str]:
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": os.getcwd(), "COLUMNS": "100"}
    return env | {
        f"XDG_{name}_HOME": str(home / name) for name in ("DATA", "STATE", "CACHE", "CONFIG")
    }


def _filled(word: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        word = word.replace(name, value)
    return word


if __name__ == "__main__":
    sys.exit(main())
