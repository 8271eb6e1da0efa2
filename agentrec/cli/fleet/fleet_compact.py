"""Put the small files in the index of a remote together, those of each day.

  agentrec fleet compact --remote s3://team-recordings
  agentrec fleet compact --remove-before 2026-01-01    and forget older days

Searching many small files is slow. No recording is touched, and what was
removed from the index can still be pulled. It needs the permission to delete
objects in index/. Two at once do not disturb each other. See docs/fleet.md.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.fleet.remote_options import add_remote, remote_of
from agentrec.errors import ExitCode
from agentrec.fleet.index.compaction import compact, prune
from agentrec.text import plural
from agentrec.times import NS_PER_SECOND, parse_date

if TYPE_CHECKING:
    import argparse
    from datetime import date


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_remote(parser)
    parser.add_argument(
        "--remove-before",
        type=_day,
        metavar="WHEN",
        help="first remove the index of recordings that began on a day (UTC) before this one: a date, or an "
        "age such as 90d",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    remote = remote_of(args.remote)
    days, files = prune(remote, args.remove_before) if args.remove_before else (0, 0)
    done = compact(remote)
    if args.json:
        removed = {"removed_days": days, "removed_files": files}
        print_json({**removed, **done._asdict()})
        return ExitCode.OK
    if args.remove_before:
        print(f"removed the index of {plural(days, 'day')}: {plural(files, 'file')}")
    if done.written:
        small, large = plural(done.replaced, "file"), plural(done.written, "file")
        print(f"{small} became {large}, of {plural(done.days, 'day')}")
    else:
        print("nothing to put together")
    return ExitCode.OK


def _day(text: str) -> date:
    return datetime.fromtimestamp(parse_date(text, time.time()) // NS_PER_SECOND, UTC).date()
