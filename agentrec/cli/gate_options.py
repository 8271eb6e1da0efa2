"""What `compare` and `ci` share: naming runs, the run to compare with, rules and their verdicts.

`ci` loads this before it starts the command: what compares is imported later.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import found, opened, output_file, warn, warn_damage
from agentrec.errors import OutputError, UsageError
from agentrec.times import parse_rfc3339

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.compare.baseline import Task
    from agentrec.compare.compared_run import ComparedRun
    from agentrec.compare.gate import RuleVerdict
    from agentrec.compare.gate_rules import GateRule
    from agentrec.fleet.bucket.remote import Remote

RULES = (
    "RULE is tests, exit, files-outside:PATH[,PATH], tool:NAME fails, or FIGURE>LIMIT."
    " FIGURE is cost, turns, tools, errors, tokens, duration or tool:NAME. LIMIT is 40, +5, +20% or 2x, for"
    " duration also 90s, 5m or 1h; with +, % or x it is relative to the run that is compared with."
)


def add_gate(parser: argparse.ArgumentParser) -> None:
    """The options of a gate."""
    parser.epilog = RULES
    add = parser.add_argument
    add(
        "--fail-on",
        nargs="+",
        action="extend",
        default=[],
        metavar="RULE",
        help="exit with 1 if one of these rules is broken",
    )
    add(
        "--against",
        metavar="FILE",
        help="the run to compare with: a recording, a point in one, or last-green,"
        " the newest good run of the same task, or golden:NAME",
    )
    add("--base", default="", metavar="BRANCH", help="last-green: only runs on this git branch")
    add(
        "--junit",
        type=output_file,
        metavar="FILE",
        help="write what the rules say as JUnit XML",
    )


def rules_of(args: argparse.Namespace) -> list[GateRule]:
    """The rules, checked. Raises UsageError, also for a relative rule without a run to compare with."""
    from agentrec.compare.gate_rules import parse_rules

    return parse_rules(args.fail_on)


def read(name: str) -> ComparedRun:
    """The run that ``FILE``, ``FILE@SNAP`` or ``golden:NAME`` means. Raises InputError."""
    from agentrec.compare.compared_run import read_run

    file, point = _split(golden_file(name))
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


def baseline_of(
    args: argparse.Namespace, task: Task, besides: str = "", remote: Remote | None = None
) -> ComparedRun | None:
    """The run that --against names; None without one. The newest good run may be in ``remote``, too.

    Raises AgentrecError.
    """
    from agentrec.compare.baseline import LAST_GREEN

    if not args.against:
        return None
    if args.against != LAST_GREEN:
        return read(args.against)
    if not remote:
        return _last_green_here(args, task, besides)
    from agentrec.cli.fleet.last_green import last_green_in

    try:
        here = _last_green_here(args, task, besides)
    except UsageError:
        if run := last_green_in(remote, task, branch=args.base, besides=besides):
            return run
        raise
    after = parse_rfc3339(here.header.get("created")) or 0
    return last_green_in(remote, task, branch=args.base, besides=besides, after=after) or here


def _last_green_here(args: argparse.Namespace, task: Task, besides: str) -> ComparedRun:
    from agentrec.cli.library.selection import library
    from agentrec.compare.baseline import last_green
    from agentrec.library.filters import Filters
    from agentrec.library.locations import roots

    filters = Filters(roots([], os.environ))
    with library(filters) as index:
        return last_green(index, filters, task, branch=args.base, besides=besides)


def golden_file(name: str) -> str:
    """The recording of ``golden:NAME``; any other name unchanged. Raises InputError."""
    if not name.startswith("golden:"):
        return name
    from agentrec.golden.golden_store import PREFIX, GoldenStore

    store = GoldenStore(os.environ)
    return store.file_of(store.get(name.removeprefix(PREFIX)))


def report(
    args: argparse.Namespace, verdicts: Sequence[RuleVerdict], *, warned: bool = False
) -> bool:
    """Write the JUnit file, and a line for each broken rule unless ``warned``; whether all rules hold.

    Raises OutputError.
    """
    for verdict in verdicts:
        if verdict.broken and not warned:
            warn(f"{verdict.name}: {verdict.line}")
    if args.junit:
        from agentrec.compare.junit import junit_xml

        write_text(args.junit, junit_xml(verdicts))
    return not any(verdict.broken for verdict in verdicts)


def write_text(path: str, text: str) -> None:
    """Write a file for other programs. Raises OutputError."""
    try:
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
