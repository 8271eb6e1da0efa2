"""How long a one-hour recording of 200 MB takes to show its first frame, and any other."""

from __future__ import annotations

from scripts.bench_parts.bench import Bench


def run(bench: Bench) -> None:
    bench.note("Open and seek are left out: there is no timeline yet.")
