"""What the commands about many recordings share: filter options, and an up-to-date index."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.progress import ProgressBar
from agentrec.config import data_home
from agentrec.library.filters import FAILED, OK, STATES, Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.locations import roots
from agentrec.text import plural, printable
from agentrec.times import NS_PER_SECOND, parse_date

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

LIMIT = 50


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options that select recordings."""
    parser.add_argument(
        "--folder",
        action="append",
        default=[],
        metavar="DIR",
        help="only recordings in this folder (repeatable; default: every folder that `record` wrote to)",
    )
    add_selection(parser)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Those of them that select by what is in a recording, wherever it is."""
    add = parser.add_argument
    add("--agent", default="", metavar="NAME", help="only recordings of this agent or program")
    add(
        "--project",
        default="",
        metavar="NAME",
        help="only recordings of this project: the name or path of its folder",
    )
    add(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="only recordings with this tag (repeatable: with all of them)",
    )
    add_since(parser)
    add("--until", type=_until, metavar="WHEN", help="up to this time")


def add_since(parser: argparse.ArgumentParser) -> None:
    """The option --since: a time in ns, or None."""
    parser.add_argument(
        "--since",
        type=_since,
        metavar="WHEN",
        help="from this time on: 2026-01-31, 14:30, today, or an age: 90m, 2h, 7d",
    )


def add_endings(parser: argparse.ArgumentParser) -> None:
    """Options for how recordings ended."""
    add = parser.add_argument
    add(
        "--exit",
        type=ending,
        metavar="CODE",
        help="only with this exit status: a number, ok or failed",
    )
    add("--state", choices=STATES, default="", help="only recordings in this state")


def add_how_many(parser: argparse.ArgumentParser) -> None:
    """Options for the length of a list."""
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument(
        "--limit", type=limit, default=LIMIT, metavar="N", help="show at most N (default: 50)"
    )
    how_many.add_argument("--all", action="store_true", help="show all")


def filters_of(args: argparse.Namespace) -> Filters:
    """The conditions of :func:`add_filters`. Raises InputError for a folder that is not there."""
    return Filters(
        roots(args.folder, os.environ),
        args.agent,
        args.project,
        args.since,
        args.until,
        tags=tuple(args.tag),
    )


@contextmanager
def library(filters: Filters, *, rebuild: bool = False) -> Iterator[LibraryDb]:
    """The index, updated for the folders in ``filters``. Warns about files that could not be read."""
    store = LibraryDb(data_home(os.environ), rebuild=rebuild)
    try:
        with progress() as show:
            changes = update(store, filters.roots, show)
        if changes.faults:
            path, reason = changes.faults[0]
            about = printable(reason if path in reason else f"{path}: {reason}")
            more = f" (and {len(changes.faults) - 1} more like this)" if changes.faults[1:] else ""
            warn(f"cannot list {about}{more}")
        yield store
    finally:
        store.close()


@contextmanager
def progress() -> Iterator[Callable[[int, int, int], None]]:
    """A progress bar, if standard error is a terminal and the update takes a while."""
    bar: ProgressBar | None = None

    def show(count: int, done: int, size: int) -> None:
        nonlocal bar
        if bar is None:
            bar = ProgressBar(f"reading {plural(count, 'recording')}", size)
        bar.advance(done)

    try:
        yield show
    finally:
        if bar is not None:
            bar.stop()


def ending(text: str) -> int | str:
    """``0``, ``ok``, ``failed``: an exit status to filter by; for argparse."""
    import argparse

    if text in (OK, FAILED):
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"invalid exit status {text!r}: use a number, ok or failed"
        ) from None


def limit(text: str) -> int:
    """A number of results, at least one; for argparse."""
    import argparse

    if not text.isdecimal() or not 0 < int(text) < 1 << 31:
        raise argparse.ArgumentTypeError(f"invalid number {text!r}: use 1 or more")
    return int(text)


def _since(text: str) -> int:
    return parse_date(text, time.time())


def _until(text: str) -> int:
    return parse_date(text, time.time(), end=True)


def date(ns: int) -> str:
    """``2026-01-31 14:30``, local."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(ns // NS_PER_SECOND))


def typed(command: list[str]) -> str:
    """A command line as a user would type it; a leading ~ stays for the shell."""
    words = []
    for word in command:
        home = word.startswith("~/")
        words.append(f"~/{shlex.quote(word[2:])}" if home else shlex.quote(word))
    return printable(" ".join(words))
