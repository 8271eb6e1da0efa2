"""What a run found, as a table to read and as JSON to compare."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.bench_parts.bench import Bench
from scripts.bench_parts.figures import Row

VERDICTS = {True: "yes", False: "NO", None: ""}
HEADINGS = ("what", "measured", "spread", "target", "met", "figures")

PAPER = 150  # columns where no terminal says how many there are


def machine() -> dict[str, Any]:
    """Where and when it ran, and how busy the machine was before."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "load before": os.getloadavg()[0],
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def number(value: float) -> str:
    """Three significant digits, no exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, one for each of HEADINGS."""
    spread = (
        "" if row.low is None or row.high is None else f"{number(row.low)} … {number(row.high)}"
    )
    target = "{} {:g}".format(*row.target) if row.target else ""
    figures = ", ".join(
        f"{name} {number(value) if isinstance(value, float) else value}"
        for name, value in row.figures.items()
    )
    measured = f"{number(row.value)} {row.unit}"
    return row.what, measured, spread, target, VERDICTS[row.met], figures


def show(bench: Bench, machine: dict[str, Any]) -> None:
    """Print the table."""
    console = Console()
    if not console.is_terminal:
        console.width = PAPER
    for part in dict.fromkeys(row.part for row in bench.rows):
        table = Table(title=part, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
        for heading in HEADINGS:
            table.add_column(heading, overflow="fold")
        for row in bench.rows:
            if row.part == part:
                style = "red" if row.met is False else ""
                table.add_row(*cells(row), style=style)
        console.print(table)
    for note in bench.notes:
        console.print(f"note: {note}", highlight=False)
    console.print(", ".join(f"{name}: {value}" for name, value in machine.items()), highlight=False)


def save(bench: Bench, machine: dict[str, Any], folder: Path) -> Path:
    """Write everything, samples included, as JSON; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y%m%d-%H%M%S.json")
    content = {
        "machine": machine,
        "quick": bench.quick,
        "rows": [row.as_json() for row in bench.rows],
        "notes": bench.notes,
        "samples": bench.samples,
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
