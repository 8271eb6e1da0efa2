"""Show how runs differ: outcomes, figures, final files, commands, and the first step that differs.

  agentrec compare main.ahr pr.ahr
  agentrec compare run.ahr@s3 run.ahr@s9        two points of one run
  agentrec compare main.ahr a.ahr b.ahr --json  each with the first
  agentrec compare pr.ahr --against last-green --fail-on tests 'cost>+20%'
  agentrec compare --a 'runs/main-*' --b 'runs/pr-*'
  agentrec compare --group mend-it              the runs of `agentrec rerun`, with the one they repeat

It names no winner. Paths, ids and times do not count as differences. With --fail-on the exit code is 1
when a rule is broken. See docs/compare.md.
"""

from __future__ import annotations

import glob
import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, wants_color, warn
from agentrec.cli.gate_options import (
    RULES,
    add_gate,
    baseline_of,
    read,
    report,
    rules_of,
)
from agentrec.compare.baseline import LAST_GREEN, Task
from agentrec.compare.comparison import compare_runs
from agentrec.compare.comparison_html import html_page
from agentrec.compare.comparison_text import columns, markdown_lines, text_lines
from agentrec.compare.gate import check_run, markdown, need_baseline, summary
from agentrec.compare.samples import check_samples, sample_data, sample_rows
from agentrec.errors import ExitCode, InputError, UsageError
from agentrec.export.markdown import escaped, table_lines
from agentrec.json_values import text, words
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.comparison import Comparison
    from agentrec.compare.gate import RuleVerdict
    from agentrec.compare.gate_rules import GateRule
    from agentrec.fleet.bucket.remote import Remote
    from agentrec.json_values import JsonObject
    from agentrec.sdk.read.run_differences import RunDifferences

_POINT = "SNAP is a snapshot (s3), first, last, a mark (m12), a time (1:30) or a unique label."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("runs", nargs="*", metavar="FILE[@SNAP]", help="recordings, or points; the first is A")
    add(
        "--a", action="append", default=[], metavar="GLOB", help="many runs for side A (repeatable)"
    )
    add(
        "--b", action="append", default=[], metavar="GLOB", help="many runs for side B (repeatable)"
    )
    add("--group", default="", metavar="NAME", help="the runs of a group of `agentrec rerun`")
    add_gate(parser)
    add("--remote", default="", metavar="URL", help="last-green: runs in this remote count, too")
    parser.epilog = f"{_POINT}\n\n{RULES}"
    how = parser.add_mutually_exclusive_group()
    add_json(how, "as one JSON object")
    how.add_argument("--md", action="store_true", help="as Markdown")
    how.add_argument("--html", action="store_true", help="as an HTML page")
    how.add_argument("--open", action="store_true", help="side by side in the player")


def run(args: argparse.Namespace) -> int:
    rules = rules_of(args)
    _check_usage(args, rules)
    if args.a or args.b:
        return _compare_samples(args, rules)
    if args.group:
        return _compare_group(args, rules)
    if args.open:
        return _open(args, rules)
    first, others = _sides(args)
    comparisons = [compare_runs(first, other, os.environ) for other in others if first]
    verdicts = [it for other in others for it in check_run(rules, other, first, os.environ)]
    states = [_states(it) for it in comparisons]
    if args.json:
        data = [
            it.as_data() | ({"states": found.as_data()} if found else {})
            for it, found in zip(comparisons, states, strict=True)
        ]
        _print_json(verdicts, {"comparisons": data})
    elif args.html:
        more = [list(found.lines()) if found else [] for found in states]
        print(html_page(comparisons, more, verdicts), end="")
    else:
        parts = [
            [*_lines(it, md=args.md), *_state_lines(found, md=args.md)]
            for it, found in zip(comparisons, states, strict=True)
        ]
        _print(parts, verdicts, md=args.md)
    return _end(args, verdicts)


def _lines(comparison: Comparison, *, md: bool) -> Iterator[str]:
    return markdown_lines(comparison) if md else text_lines(comparison)


def _states(comparison: Comparison) -> RunDifferences | None:
    """How the states of runs inside a program differ."""
    from agentrec.sdk.read.run_differences import run_differences

    return run_differences(comparison.left, comparison.right, os.environ)


def _state_lines(found: RunDifferences | None, *, md: bool) -> Iterator[str]:
    for line in found.lines() if found else ():
        indent = "  " if line.startswith("  ") else ""
        yield f"{indent}- {escaped(line.strip())}" if md else printable(line)


def _open(args: argparse.Namespace, rules: Sequence[GateRule]) -> int:
    if len(args.runs) != 2 or rules or args.against:
        raise UsageError("--open takes two recordings, and no rules or --against")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("cannot open the player: standard input and output are not a terminal")
    from agentrec.tui.beside.beside_player import play_beside

    left, right = (read(name) for name in args.runs)
    return play_beside(left.path, right.path, no_color=not wants_color(None))


def _compare_group(args: argparse.Namespace, rules: Sequence[GateRule]) -> int:
    """Each run of a group with the recording that it repeats; several tasks one after the other."""
    from agentrec.cli.library.selection import progress
    from agentrec.compare.comparison_text import group_lines, group_markdown
    from agentrec.rerun.groups import group_members

    with progress() as show:
        members = group_members(args.group, os.environ, show)
    for member in (it for it in members if not it.file):
        warn(f"{member.name}: {member.state}")
    by_original: dict[str, list[ComparedRun]] = {}
    for member in (it for it in members if it.file):
        run = read(member.file)
        run.name = member.name
        by_original.setdefault(member.original, []).append(run)
    if not by_original:
        raise UsageError(
            f"no run of {args.group} has been recorded",
            f"agentrec rerun --resume {args.group} --execute",
        )
    tables = [_with_original(original, runs) for original, runs in by_original.items()]
    compared = [[compare_runs(first, it, os.environ) for it in runs] for first, runs in tables]
    verdicts = [
        it
        for first, runs in tables
        for run in runs
        for it in check_run(rules, run, first, os.environ)
    ]
    if args.json:
        data = [it.as_data() for comparisons in compared for it in comparisons]
        states = [it.as_data() for it in members]
        _print_json(verdicts, {"group": args.group, "runs": states, "comparisons": data})
    elif args.html:
        comparisons = [it for found in compared for it in found]
        print(html_page(comparisons, [[] for _ in comparisons], verdicts), end="")
    else:
        lines = group_markdown if args.md else group_lines
        _print([list(lines(comparisons)) for comparisons in compared], verdicts, md=args.md)
    return _end(args, verdicts)


def _with_original(original: str, runs: list[ComparedRun]) -> tuple[ComparedRun, list[ComparedRun]]:
    """What the runs are compared with: the recording they repeat, else the first of them."""
    return (read(original), runs) if original else (runs[0], runs[1:] or runs)


def _check_usage(args: argparse.Namespace, rules: Sequence[GateRule]) -> None:
    """Raises UsageError."""
    many = bool(args.a or args.b)
    if args.group:
        if many or args.runs or args.against:
            raise UsageError("--group cannot be used together with FILE, --a, --b or --against")
        return
    if many and (args.runs or args.against):
        raise UsageError("--a and --b cannot be used together with FILE or --against")
    if many and (args.html or args.open):
        raise UsageError("--html and --open cannot be used together with --a and --b", "use --md")
    if many and not (args.a and args.b):
        raise UsageError("--a needs --b, and --b needs --a")
    if many:
        return
    least = 1 if args.against or rules else 2
    if len(args.runs) < least:
        raise UsageError("missing a run to compare", "agentrec compare A B, or B --against A")
    need_baseline(rules, has_one=bool(args.against) or len(args.runs) > 1)


def _sides(args: argparse.Namespace) -> tuple[ComparedRun | None, list[ComparedRun]]:
    """The run to compare with, and those that are compared with it."""
    runs = [read(name) for name in args.runs]
    if args.against:
        header = runs[0].header
        argv = words(header.get("command"))
        task = Task.of(text(header.get("title")), argv, text(header.get("cwd")))
        return baseline_of(args, task, text(header.get("id")), _remote(args)), runs
    return (runs[0], runs[1:]) if len(runs) > 1 else (None, runs)


def _remote(args: argparse.Namespace) -> Remote | None:
    if not args.remote:
        return None
    if args.against != LAST_GREEN:
        raise UsageError("--remote needs --against last-green")
    from agentrec.cli.fleet.remote_options import remote_of

    return remote_of(args.remote)


def _compare_samples(args: argparse.Namespace, rules: Sequence[GateRule]) -> int:
    a, b = _matching(args.a), _matching(args.b)
    verdicts = check_samples(rules, a, b, os.environ)
    rows = sample_rows(a, b)
    if args.json:
        _print_json(verdicts, sample_data(a, b))
    elif args.md:
        lines = ["### Comparison", "", *table_lines(("", "A", "B", ""), rows)]
        _print([lines], verdicts, md=True)
    else:
        _print([list(columns([("", "A", "B", ""), *rows]))], verdicts, md=False)
    return _end(args, verdicts)


def _matching(patterns: Iterable[str]) -> list[ComparedRun]:
    """The runs whose files match. Raises InputError if there is none."""
    paths = sorted({path for pattern in patterns for path in glob.glob(pattern)})
    recordings = [path for path in paths if path.endswith(".ahr")]
    if not recordings:
        raise InputError(f"no recording matches {' '.join(patterns)}")
    return [read(path) for path in recordings]


def _end(args: argparse.Namespace, verdicts: Sequence[RuleVerdict]) -> int:
    printed = not args.json and not args.md and not args.html
    return ExitCode.OK if report(args, verdicts, warned=printed) else ExitCode.NO


def _print(parts: list[list[str]], verdicts: Sequence[RuleVerdict], *, md: bool) -> None:
    """The comparisons, then the gate."""
    if verdicts and md:
        parts = [*parts, list(markdown(verdicts))]
    elif verdicts:
        lines = (f"  {printable(it.line)}" for it in verdicts)
        parts = [*parts, [f"gate: {summary(verdicts)}", *lines]]
    print("\n\n".join("\n".join(part) for part in parts))


def _print_json(verdicts: Sequence[RuleVerdict], data: JsonObject) -> None:
    print_json({**data, "gate": [it.as_data() for it in verdicts]})
