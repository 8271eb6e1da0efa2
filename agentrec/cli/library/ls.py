"""List recordings, newest first.

agentrec ls                              the newest 50
agentrec ls --agent claude --since 7d    one agent, the last seven days
agentrec ls --exit failed --all          everything that failed
agentrec ls --files | head -1            only paths, for scripts
agentrec ls --remote s3://team/ci        what is in object storage, see docs/fleet.md
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import print_json
from agentrec.cli.library.selection import (
    add_endings,
    add_filters,
    add_how_many,
    date,
    filters_of,
    library,
)
from agentrec.columns import columns as columns_of
from agentrec.columns import cut, padded
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import Filters
from agentrec.library.listing import (
    command_line,
    count_recordings,
    list_recordings,
    session_data,
    status,
    tags_in,
    title_of,
)
from agentrec.library.locations import short_path
from agentrec.recording.packing_queue import waiting
from agentrec.text import format_size, plural, printable
from agentrec.times import format_duration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Container

    from agentrec.library.index.library_db import RecordingRow

_HEADINGS = ("ID", "STARTED", "LENGTH", "SIZE", "PROGRAM", "END", "COST", "TITLE", "FILE")
# Left out on a narrow screen, the first one first. The path below names the recording, too.
_DISPENSABLE = ("ID", "SIZE", "LENGTH")
_WIDEST = 24  # columns of a name
_READABLE = 20  # columns of a title that say enough


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_filters(parser)
    add_endings(parser)
    add_how_many(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="as a JSON array")
    how.add_argument("--files", action="store_true", help="print only paths")
    add(
        "--remote",
        nargs="?",
        const="",
        metavar="URL",
        help="list what is in object storage (default: the setting fleet.remote)",
    )
    add("--rebuild", action="store_true", help="rebuild the index from the files first")


def run(args: argparse.Namespace) -> int:
    if args.remote is not None:
        return _list_remote(args)
    filters = filters_of(args)._replace(exit=args.exit, state=args.state)
    with library(filters, rebuild=args.rebuild) as store:
        rows = list_recordings(store, filters, None if args.all else args.limit)
        total = count_recordings(store, filters) if len(rows) == args.limit else len(rows)
    packing = waiting(os.environ)
    if args.json:
        data = [{**session_data(row), "packing": row["path"] in packing} for row in rows]
        print_json(data)
    elif args.files:
        print("".join(f"{row['path']}\n" for row in rows), end="")
    else:
        _print(rows, filters, total, packing)
    return ExitCode.OK if rows else ExitCode.NO


def _list_remote(args: argparse.Namespace) -> int:
    """Of a remote only names and times are known without reading everything."""
    from agentrec.cli.fleet.ls_remote import list_remote

    here = ("folder", "agent", "project", "tag", "exit", "state", "files", "rebuild")
    given = {name: getattr(args, name) for name in here}
    if wrong := [name for name, value in given.items() if value or type(value) is int]:
        raise UsageError(f"--{wrong[0]} cannot be used with --remote", "use --since and --until")
    limit = None if args.all else args.limit
    return list_remote(args.remote, limit, args.since, args.until, as_json=args.json)


def _print(rows: list[RecordingRow], filters: Filters, total: int, packing: Container[str]) -> None:
    if not rows:
        where = ", ".join(short_path(root, os.environ) for root in filters.roots)
        print(
            f"no recordings match in {where}" if _narrowed(filters) else f"no recordings in {where}"
        )
        return
    _print_table([[*_HEADINGS], *(_columns(row, packing) for row in rows)])
    if total > len(rows):
        print(f"{len(rows)} of {plural(total, 'recording')}; --all shows the rest", file=sys.stderr)


def print_remote_rows(rows: list[RecordingRow]) -> None:
    """Print recordings that are not on this machine: they have no path."""
    _print_table([[*_HEADINGS[:-1], ""], *(_columns(row, ()) for row in rows)])


def _print_table(table: list[list[str]]) -> None:
    widths = [_width([line[at] for line in table]) for at in range(len(_HEADINGS) - 2)]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for name in _DISPENSABLE:
        if columns and sum(widths) + 2 * (sum(map(bool, widths)) - 1) > columns:
            widths[_HEADINGS.index(name)] = 0
    for *cells, title, path in table:
        filled = zip(cells, widths, strict=True)
        line = "  ".join(padded(cell, width) for cell, width in filled if width)
        print(_fitted(line, title, path, columns))


def _width(cells: list[str]) -> int:
    """The width of a column; 0 if there is nothing below its heading."""
    return max(map(columns_of, cells)) if any(cells[1:]) else 0


def _narrowed(filters: Filters) -> bool:
    return filters != Filters(filters.roots)


def _columns(row: RecordingRow, packing: Container[str]) -> list[str]:
    from agentrec.report.event_text import dollars

    name = row["agent"] or row["program"]
    path = short_path(row["path"], os.environ)
    cells = (
        date(row["created"]),
        "" if row["encrypted"] else format_duration(row["duration"]),
        format_size(row["size"]),
        name,
        status(row) + (", packing" if row["path"] in packing else ""),
    )
    cost = dollars(row["cost"]) + ("+" if row["cost"] is not None and row["without_price"] else "")
    shown = [printable(row["session"]), *(cut(printable(cell), _WIDEST) for cell in (*cells, cost))]
    title = " ".join([title_of(row) or command_line(row), *(f"#{tag}" for tag in tags_in(row))])
    return [*shown, printable(title), printable(path)]


def _fitted(line: str, title: str, path: str, columns: int) -> str:
    """On a screen the title gets the room the path leaves; if that is little, the path goes below."""
    if not columns:
        return f"{line}  {title}  {path}".rstrip()
    room = columns - columns_of(line) - columns_of(path) - 4
    if room >= min(columns_of(title), _READABLE):
        return f"{line}  {padded(cut(title, room), room)}  {path}"
    title = cut(title, columns - columns_of(line) - 2)
    return f"{line}  {title}".rstrip() + (
        f"\n    {path}" if path not in ("", _HEADINGS[-1]) else ""
    )
