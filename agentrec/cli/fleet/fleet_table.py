"""Print the SQL that makes a ClickHouse server ready for `--server`.

  agentrec fleet table           the table
  agentrec fleet table --load    what loads into it what is new in a bucket

Neither is run: fill in the bucket, and run them with clickhouse-client. The
table has the name of the setting fleet.table. See docs/fleet.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import ExitCode
from agentrec.fleet.fleet_settings import fleet_settings
from agentrec.fleet.query.server_tables import create_table, load_table

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--load", action="store_true", help="print what loads the index, instead of the table"
    )


def run(args: argparse.Namespace) -> int:
    table = fleet_settings(os.environ).table
    print(load_table(table) if args.load else create_table(table))
    return ExitCode.OK
