"""Show how runs differ: outcomes, figures, final files, commands, and the first step that differs.

  agentrec compare main.ahr pr.ahr
  agentrec compare run.ahr@s3 run.ahr@s9        two points of one run
  agentrec compare main.ahr a.ahr b.ahr --json  each with the first

It names no winner. Paths, ids and times do not count as differences. See docs/compare.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, found, opened, print_json, warn_damage
from agentrec.compare.compared_run import ComparedRun, read_run
from agentrec.compare.comparison import compare_runs
from agentrec.compare.comparison_text import markdown_lines, text_lines
from agentrec.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from agentrec.compare.comparison import Comparison

POINT = "SNAP is a snapshot (s3), first, last, a mark (m12), a time (1:30) or a unique label."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = POINT
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="FILE[@SNAP]",
        help="recordings, or points in them; the first is A",
    )
    how = parser.add_mutually_exclusive_group()
    add_json(how, "as one JSON object")
    how.add_argument("--md", action="store_true", help="as Markdown")


def run(args: argparse.Namespace) -> int:
    if len(args.runs) < 2:
        raise UsageError("missing a run to compare with", "agentrec compare A B")
    first, *others = [read(name) for name in args.runs]
    comparisons = [compare_runs(first, other, os.environ) for other in others]
    _print(args, comparisons)
    return 0


def read(name: str) -> ComparedRun:
    """The run that ``FILE`` or ``FILE@SNAP`` means. Raises InputError."""
    file, point = _split(name)
    with opened(file) as recording:
        side = read_run(recording, point, name)
        warn_damage(recording)
        return side


def _split(name: str) -> tuple[str, str]:
    """File and point; an existing file may have an @ in its name."""
    if name == "-" or os.path.exists(found(name)):
        return name, ""
    for at in (at for at, char in enumerate(name) if char == "@" and at):
        if os.path.exists(found(name[:at])):
            return name[:at], name[at + 1 :]
    return name, ""


def _print(args: argparse.Namespace, comparisons: list[Comparison]) -> None:
    if args.json:
        print_json({"comparisons": [it.as_data() for it in comparisons]})
        return
    lines = markdown_lines if args.md else text_lines
    print("\n\n".join("\n".join(lines(it)) for it in comparisons))
