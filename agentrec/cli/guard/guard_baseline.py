"""Allow the findings that there are, so that scans report new ones only.

agentrec guard baseline        writes .agentrec-baseline.json, to be committed
agentrec guard baseline DIR

Secrets are not taken in: remove them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.atomic import write_atomic
from agentrec.cli.common import warn
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.guard.guard_check import GuardCheck, settings_of
from agentrec.guard.source_tree import DirectoryTree
from agentrec.guard.suppression import baseline_json
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

_NEVER = "secret"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="(default: .)")


def run(args: argparse.Namespace) -> int:
    tree = DirectoryTree(args.folder, os.environ)
    settings = settings_of(tree, os.environ)
    if not settings.baseline or os.path.basename(settings.baseline) != settings.baseline:
        raise UsageError(f"guard.baseline must be the name of a file, not {settings.baseline!r}")
    report = GuardCheck(None, tree, settings._replace(baseline="")).run()
    allowed = [finding for finding in report.findings if finding.rule != _NEVER]
    path = os.path.join(args.folder, settings.baseline)
    try:
        write_atomic(path, baseline_json(allowed).encode(errors="surrogateescape"))
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    print(f"{plural(len(allowed), 'finding')} allowed in {printable(path)}")
    secrets = len(report.findings) - len(allowed)
    if secrets:
        warn(f"{plural(secrets, 'secret')} not allowed: see `agentrec guard scan --rule secret`")
    return ExitCode.OK
