"""Search all recordings of a remote, without downloading them.

  agentrec fleet search "connection refused"     both words, anywhere
  agentrec fleet search '"connection refused"'   this phrase
  agentrec fleet search pytest --tool Bash --exit failed --since 7d
  agentrec fleet search timeout --remote s3://team-recordings

Words are found as `agentrec search` finds them. --since and --until select
recordings that began in that time. See docs/fleet.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from agentrec.cli.common import print_json, wants_color, warn
from agentrec.cli.fleet.engine_options import add_index, index_engine, index_filters
from agentrec.cli.library.search import (
    add_query,
    add_search_options,
    left_out_data,
    opener,
    print_hits,
    search_query,
)
from agentrec.cli.library.selection import typed
from agentrec.errors import ExitCode
from agentrec.fleet.query.fleet_search import fleet_search
from agentrec.library.locations import short_path
from agentrec.library.resolve import known_recordings
from agentrec.text import plural

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.library.search import Hit, LeftOut


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_query(parser)
    add_index(parser)
    add_search_options(parser)


def run(args: argparse.Namespace) -> int:
    query = search_query(args, index_filters(args), alone=False)
    with index_engine(args) as engine:
        result = fleet_search(engine, query)
    here = {name: path for path, name in known_recordings(os.environ).items()}
    hits = [
        hit._replace(recording=_placed(hit.recording, here.get(hit.recording["session"], "")))
        for hit in result.hits
    ]

    def open_command(hit: Hit) -> list[str]:
        if hit.recording["path"]:
            return opener(hit)
        remote = ["--remote", args.remote] if args.remote else []
        return ["agentrec", "pull", hit.recording["session"], *remote]

    def shown_command(hit: Hit) -> str:
        return typed([short_path(word, os.environ) for word in open_command(hit)])

    if args.json:
        rows: list[JsonObject] = [{**hit.as_data(), "open": open_command(hit)} for hit in hits]
        print_json([*rows, *left_out_data(result.left_out)])
    else:
        print_hits(result._replace(hits=hits), shown_command, colors=wants_color(args.color))
    _warn_of_left_out(result.left_out)
    return ExitCode.OK if hits else ExitCode.NO


def _placed(row: RecordingRow, path: str) -> RecordingRow:
    return cast("RecordingRow", {**row, "path": path})


def _warn_of_left_out(left_out: LeftOut) -> None:
    """Say what is not in the index: what was not found may still be there."""
    if left_out.encrypted:
        warn(f"not searched: {plural(left_out.encrypted, 'encrypted recording')}")
    if others := left_out.recordings - left_out.encrypted:
        missing = [f"{left_out.chars:,} characters"] if left_out.chars else []
        missing += ["some output"] if left_out.unread else []
        what = " and ".join(missing)
        warn(f"not searched: {what} of {plural(others, 'recording')} too long for the index")
