"""Check what agentrec needs on this machine.

ok       available
warn     agentrec works, but does less; the line below says what
missing  agentrec needs it; the line below says what to do

The exit code is 1 when something is missing, and with --secrets when some recording holds secrets.
Runs `--version` of git and of each agent on PATH.

agentrec doctor --secrets     which recordings hold what kinds of secrets, and how to mask them
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.doctor import programs, storage, system
from agentrec.cli.doctor.row import Row
from agentrec.errors import ExitCode
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from agentrec.cli.doctor.row import Check

# name of the row -> its check; the agents follow, one row each
CHECKS: dict[str, Check] = {
    "agentrec": system.agentrec,
    "Python": system.python,
    "platform": system.platform,
    "/proc": system.proc,
    "inotify": system.inotify,
    "process events": system.process_events,
    "terminal": system.terminal,
    "PTY": system.pty,
    "terminal engine": system.engine,
    "git": programs.git,
    "data directory": storage.data_directory,
    "packing": storage.packing,
    "disk": storage.disk,
    "sockets": storage.sockets,
    "settings": storage.settings,
    "signing": storage.signing,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secrets", action="store_true", help="look for secrets in all recordings instead"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.secrets:
        from agentrec.cli.doctor.secrets import run_secrets

        return run_secrets(as_json=args.json)
    rows = [*checked(CHECKS, os.environ), *programs.agents(os.environ)]
    missing = sum(row.state == "missing" for row in rows)
    if args.json:
        print_json({"ok": not missing, "checks": [row._asdict() for row in rows]})
    else:
        print("\n".join(_lines(rows)))
        print(f"\n{_verdict(rows, missing)}")
    return ExitCode.NO if missing else ExitCode.OK


def checked(checks: Mapping[str, Check], env: Mapping[str, str]) -> Iterator[Row]:
    """Run the checks; an error that a check does not handle becomes a warning."""
    for name, check in checks.items():
        try:
            yield check(env)
        except Exception as error:  # noqa: BLE001 - a broken machine is what this command is for
            what = f"could not be checked: {type(error).__name__}: {error}"
            yield Row(name, "warn", what, "unexpected error; please report it")


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield f"{row.state:<8} {row.name:<16} {printable(row.text)}".rstrip()
        if row.hint:
            yield f"{'':<25} {printable(row.hint)}"


def _verdict(rows: list[Row], missing: int) -> str:
    warnings = sum(row.state == "warn" for row in rows)
    less = f", {plural(warnings, 'warning')}" if warnings else ""
    if missing:
        return f"{plural(missing, 'check')} failed{less}"
    return f"agentrec has what it needs{less}"
