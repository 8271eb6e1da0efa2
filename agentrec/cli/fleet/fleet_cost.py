"""Show what model calls cost, over all recordings of a remote.

  agentrec fleet cost                          by model
  agentrec fleet cost --by day --since 30d     of recordings of the last 30 days
  agentrec fleet cost --by project --agent claude

Costs are as in `agentrec cost`: list prices, each call once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_json
from agentrec.cli.fleet.engine_options import add_index, index_engine, index_filters
from agentrec.cli.library.cost import add_by, print_cost
from agentrec.errors import ExitCode
from agentrec.fleet.query.fleet_totals import fleet_cost

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_by(parser)
    add_index(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with index_engine(args) as engine:
        spent, models = fleet_cost(engine, index_filters(args), args.by)
    print_cost(spent, args.by, models, as_json=args.json)
    return ExitCode.OK
