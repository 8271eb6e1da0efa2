"""Command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from scripts.bench_parts import docs, report
from scripts.bench_parts.bench import ROOT, Bench, find_peers

PARTS = ("throughput", "latency", "start", "memory", "size", "seek", "library", "snapshots")


def main() -> int:
    args = _arguments()
    chosen = args.only or list(PARTS)
    failed = False
    with tempfile.TemporaryDirectory(
        prefix="agentrec-bench-", dir=args.work, ignore_cleanup_errors=True
    ) as folder:
        bench = Bench(Path(folder), quick=args.quick)
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
        bench.note(f"The machine was busy with other things in {bench.busy} of the measurements.")
    report.show(bench, machine)
    print(f"written: {report.save(bench, machine, args.out)}")
    if args.write_docs:
        docs.write(ROOT / "docs" / "performance.md", bench, machine)
    missed = any(row.reached is False for row in bench.rows)
    return 1 if failed or (args.strict and missed) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="this part (repeatable; default: all)")
    add("--quick", action="store_true", help="small and fast: shows that it works, measures little")
    add("--offline", action="store_true", help="install nothing; leave out what is not there")
    add("--strict", action="store_true", help="exit with 1 when a reach is missed")
    add("--write-docs", action="store_true", help="put the table into docs/performance.md")
    add("--out", type=Path, default=ROOT / "bench-results", help="folder of the JSON")
    add("--work", type=Path, help="folder for streams and recordings (default: the system's)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
