"""Show totals over all recordings of a remote: tools, failures, slow steps.

  agentrec fleet stats --since 7d              recordings of the last week
  agentrec fleet stats --agent codex --json    one agent

Sums are as in `agentrec stats`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.fleet.engine_options import add_index, index_engine, index_filters
from agentrec.cli.library.stats import add_slowest, stats_lines
from agentrec.errors import ExitCode
from agentrec.fleet.query.fleet_totals import fleet_stats

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_index(parser)
    add_slowest(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with index_engine(args) as engine:
        facts = fleet_stats(engine, index_filters(args), args.limit)
    if args.json:
        print_json(facts)
    else:
        print("\n".join(stats_lines(facts)))
    return ExitCode.OK
