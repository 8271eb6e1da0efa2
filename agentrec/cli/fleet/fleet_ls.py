"""List the recordings in the index of a remote, newest first.

  agentrec fleet ls --agent claude --since 7d    one agent, the last week
  agentrec fleet ls --exit failed --all          everything that failed

`agentrec ls --remote` needs no index, and knows no more than names and times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, warn
from agentrec.cli.fleet.engine_options import add_index, index_engine, index_filters
from agentrec.cli.library.ls import print_remote_rows
from agentrec.cli.library.selection import add_endings, add_how_many
from agentrec.errors import ExitCode
from agentrec.fleet.query.fleet_list import fleet_list
from agentrec.library.listing import session_data
from agentrec.text import plural

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_index(parser)
    add_endings(parser)
    add_how_many(parser)
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    filters = index_filters(args)._replace(exit=args.exit, state=args.state)
    with index_engine(args) as engine:
        found = fleet_list(engine, filters, None if args.all else args.limit)
    if args.json:
        print_json([session_data(row) for row in found.rows])
    elif found.rows:
        print_remote_rows(found.rows)
        if found.total > len(found.rows):
            shown = f"{len(found.rows)} of {plural(found.total, 'recording')}"
            warn(f"{shown}; --all shows the rest")
    else:
        print("no recordings match in the index")
    return ExitCode.OK if found.rows else ExitCode.NO
