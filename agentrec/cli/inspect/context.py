"""Print a run as text for a model: its task and its newest events, within a number of tokens.

agentrec context                        the newest recording
agentrec context run.ahr --tokens 500
agentrec context --previous             the last run of this project; prints nothing if there is none

As a hook of Claude Code (`SessionStart`), --previous tells a new session what the last one did.
"""

from __future__ import annotations

import argparse
import os

from agentrec.cli.common import add_identity, opened, warn_damage, warn_lacks
from agentrec.cli.library.selection import library
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import Filters
from agentrec.library.listing import list_recordings
from agentrec.library.locations import roots
from agentrec.library.projects import project_of
from agentrec.report.context import MIN_TOKENS, context

DEFAULT_TOKENS = 2000
_MOST_AT_ONCE = 100  # recordings that may be running


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_identity(parser)
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a recording: its path, its id, or `last`, the default; - reads standard input",
    )
    parser.add_argument(
        "--previous", action="store_true", help="the last run of this project that has ended"
    )
    parser.add_argument(
        "--tokens",
        type=_tokens,
        default=DEFAULT_TOKENS,
        metavar="N",
        help="at most about so many tokens, of four characters (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    if args.previous and args.file:
        raise UsageError("choose FILE or --previous, not both")
    name = _previous() if args.previous else args.file or "last"
    if not name:
        return ExitCode.OK
    with opened(name) as recording:
        print(context(recording, args.tokens))
        warn_damage(recording)
        warn_lacks(recording)
    return ExitCode.OK


def _previous() -> str:
    """The newest recording of this project that has ended; empty if there is none."""
    filters = Filters(roots([], os.environ), project=project_of(os.getcwd()))
    with library(filters) as store:
        rows = list_recordings(store, filters, _MOST_AT_ONCE)
    return next((row["path"] for row in rows if row["state"] != "live"), "")


def _tokens(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < MIN_TOKENS:
        raise argparse.ArgumentTypeError(
            f"invalid number of tokens {text!r}: use at least {MIN_TOKENS}"
        )
    return int(text)
