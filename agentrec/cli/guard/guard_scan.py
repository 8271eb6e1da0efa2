"""Find bad code: duplicates, secrets, weakened tests, changed linter settings and more.

agentrec guard scan .                   all files of a directory
agentrec guard scan run.ahr             what a run has added
agentrec guard scan run.ahr@s3..s5      what is new in s5 against s3
agentrec guard scan run.ahr@s3..now --sarif > guard.sarif
agentrec guard baseline .               allow what there is

Exits with 1 if there is a finding of the level of --fail-on, or worse.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_color, add_json, print_json, wants_color, warn
from agentrec.cli.guard.guard_target import SYNTAX, scan_target
from agentrec.config import read_plain
from agentrec.errors import ExitCode, InputError
from agentrec.guard.finding import LEVELS, RULES
from agentrec.guard.guard_check import GuardCheck, settings_of
from agentrec.guard.guard_settings import load_settings

if TYPE_CHECKING:
    from agentrec.guard.guard_check import GuardReport
    from agentrec.guard.guard_settings import GuardSettings

_MAX_SETTINGS_BYTES = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("target", nargs="?", default=".", metavar="TARGET", help="(default: .)")
    how = parser.add_mutually_exclusive_group()
    add_json(how)
    how.add_argument("--sarif", action="store_true", help="as SARIF 2.1.0, for code scanning")
    how.add_argument("--md", action="store_true", help="as Markdown")
    parser.add_argument(
        "--rule", action="append", choices=tuple(RULES), metavar="RULE", help="check only this rule"
    )
    parser.add_argument(
        "--fail-on",
        choices=(*LEVELS, "never"),
        default="error",
        metavar="LEVEL",
        help="error, warning, note or never (default: error)",
    )
    parser.add_argument(
        "--settings",
        metavar="FILE",
        help="take `[guard]` of this file (default: .agentrec.toml, of a range as it was before)",
    )
    parser.add_argument(
        "--no-baseline", action="store_true", help="report what the baseline allows, too"
    )
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    with scan_target(args.target) as target:
        settings = _settings(args) or settings_of(target.before or target.new, os.environ)
        if args.no_baseline:
            settings = settings._replace(baseline="")
        if args.rule:
            settings = settings.only(args.rule)
        report = GuardCheck(target.before, target.new, settings).run()
    for what in report.left_out:
        warn(f"not checked: {what}")
    _print(report, args)
    failed = args.fail_on != "never" and report.at_least(args.fail_on)
    return ExitCode.NO if failed else ExitCode.OK


def _settings(args: argparse.Namespace) -> GuardSettings | None:
    if args.settings is None:
        return None
    try:
        return load_settings(os.environ, read_plain(args.settings, _MAX_SETTINGS_BYTES))
    except OSError as error:
        raise InputError(f"cannot read {args.settings}: {error.strerror}") from None


def _print(report: GuardReport, args: argparse.Namespace) -> None:
    if args.json:
        print_json(report.as_json())
    elif args.sarif:
        from agentrec.guard.reports.sarif import sarif

        print_json(sarif(report))
    elif args.md:
        from agentrec.guard.reports.finding_markdown import markdown

        print(markdown(report))
    else:
        from agentrec.guard.reports.finding_text import finding_lines

        for line in finding_lines(report, color=wants_color(args.color)):
            print(line)
