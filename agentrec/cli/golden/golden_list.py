"""List golden runs: good runs with a name, kept to be played again and compared with.

agentrec golden save fix-tests run.ahr     give a run a name
agentrec golden run fix-tests              play it again, without a model
agentrec golden list --task "fix the tests"
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.library.selection import date
from agentrec.columns import columns as columns_of
from agentrec.columns import padded
from agentrec.errors import ExitCode
from agentrec.golden.golden_store import GoldenStore
from agentrec.report.event_text import short
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.golden.golden_store import GoldenRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", default="", metavar="TEXT", help="only those of this task")
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    found = GoldenStore(os.environ).every(args.task)
    if args.json:
        print_json([it.as_json() for it in found])
    elif found:
        print("\n".join(_rows(found)))
    else:
        print("no golden runs" + (f" of the task {printable(args.task)}" if args.task else ""))
    return ExitCode.OK


def _rows(found: list[GoldenRun]) -> list[str]:
    texts = (
        (it.name, date(it.saved), f"{it.agent} {it.version}".strip(), short(it.task))
        for it in found
    )
    cells = [tuple(map(printable, row)) for row in texts]
    widths = [max(columns_of(row[at]) for row in cells) for at in range(3)]
    return [
        "  ".join(
            padded(cell, width) for cell, width in zip(row, (*widths, 0), strict=True)
        ).rstrip()
        for row in cells
    ]
