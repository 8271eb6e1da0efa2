"""Command line of the benchmark."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.bench_parts import against, docs, report
from scripts.bench_parts.bench import ROOT, Bench, find_peers
from scripts.bench_parts.figures import Row

PARTS = (
    "throughput",
    "causes",
    "latency",
    "start",
    "gateway",
    "ghost",
    "memory",
    "size",
    "waiting",
    "watching",
    "seek",
    "player",
    "page",
    "library",
    "snapshots",
    "story",
    "compare",
    "sdk",
    "growth",
)


def main() -> int:
    args = _arguments()
    chosen = args.only or [] if args.join else args.only or list(PARTS)
    failed = False
    if args.against:
        try:
            against.worse([], report.machine(), args.against)  # now, not when all is measured
        except (OSError, ValueError) as error:
            print(f"scripts/bench: {error}", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(
        prefix="agentrec-bench-", dir=args.work, ignore_cleanup_errors=True
    ) as folder:
        bench = Bench(
            Path(folder), quick=args.quick, minutes=args.minutes, recordings=args.recordings
        )
        machine = report.machine()
        find_peers(bench, install=not args.offline)
        for part in chosen:
            print(part, file=sys.stderr, flush=True)
            run: Callable[[Bench], None] = import_module(f"scripts.bench_parts.{part}").run
            try:
                run(bench)
            except Exception as error:  # noqa: BLE001 - the other parts still have something to say
                traceback.print_exc()
                failed = True
                bench.note(f"{part} failed: {error!r}".partition("\\n")[0])
    if bench.busy:
        runs = f"{bench.busy} measurement{'s' if bench.busy > 1 else ''}"
        bench.note(f"The machine was busy with other programs during {runs}.")
    for earlier in args.join:
        _join(bench, earlier)
    bench.rows.sort(key=lambda row: PARTS.index(row.part))
    report.show(bench, machine)
    print(f"written: {report.save(bench, machine, args.out)}")
    if args.write_docs:
        docs.write(ROOT / "docs" / "performance.md", bench, machine)
    missed = any(row.met is False for row in bench.rows)
    is_worse = bool(args.against) and _say_what_is_worse(bench, machine, args.against)
    return 1 if failed or is_worse or (args.strict and missed) else 0


def _say_what_is_worse(bench: Bench, machine: dict[str, Any], earlier: Path) -> bool:
    changes = against.worse(bench.rows, machine, earlier)
    for change in changes:
        print(f"worse: {change}")
    print(f"{len(changes)} of {len(bench.rows)} rows are worse than in {earlier}")
    return bool(changes)


def _join(bench: Bench, earlier: Path) -> None:
    """Add the parts of an earlier run that this one has not measured."""
    said = json.loads(earlier.read_text(encoding="utf-8"))
    measured = {row.part for row in bench.rows}
    rows = [Row.from_json(row) for row in said["rows"] if row["part"] not in measured]
    bench.rows += rows
    if rows:
        bench.notes += [note for note in said["notes"] if note not in bench.notes]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="this part (repeatable; default: all)")
    add("--quick", action="store_true", help="small and fast: shows that it works, measures little")
    add(
        "--minutes",
        type=float,
        default=0.0,
        help="how long agents wait for a slow model (default: 10)",
    )
    add("--recordings", type=int, default=0, help="how many `growth` makes (default: 10000)")
    add("--offline", action="store_true", help="install nothing; leave out what is not there")
    add("--strict", action="store_true", help="exit with 1 if a target is missed")
    add("--against", type=Path, metavar="JSON", help="exit with 1 if a row is worse than there")
    add("--write-docs", action="store_true", help="put the table into docs/performance.md")
    add("--out", type=Path, default=ROOT / "bench-results", help="folder of the JSON")
    add(
        "--join",
        action="append",
        default=[],
        type=Path,
        metavar="JSON",
        help="add the parts of an earlier run (repeatable; measures only what --only names)",
    )
    add("--work", type=Path, help="folder for streams and recordings (default: the system's)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
