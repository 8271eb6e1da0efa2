"""Add recordings to the index of a remote that were pushed without one.

  agentrec fleet index --remote s3://team-recordings
  agentrec fleet index --dry-run    only count them

Each of them is downloaded and read, and forgotten again; nothing in the remote
is changed. Later pushes write the index themselves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.fleet.remote_options import add_remote, remote_of, warn_failed
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode
from agentrec.fleet.bounded_work import in_parallel
from agentrec.fleet.bucket.file_parts import Transfers
from agentrec.fleet.fleet_settings import fleet_settings
from agentrec.fleet.index.missing_files import add_version, missing_versions
from agentrec.fleet.query.embedded_engine import check_searchable
from agentrec.fleet.query.engine import opened_engine
from agentrec.fleet.spool import spool_folder
from agentrec.text import plural

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_remote(parser)
    parser.add_argument("-n", "--dry-run", action="store_true", help="only count them")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    check_searchable(args.remote or fleet_settings(os.environ).remote)
    remote = remote_of(args.remote)
    with opened_engine(remote.url) as engine:
        missing = missing_versions(remote, engine)
    failed = 0
    with (
        spool_folder(os.environ) as spool,
        progress("reading", len(missing), "recordings") as advance,
        Transfers(remote) as transfers,
    ):
        wanted = [] if args.dry_run else missing
        results = in_parallel(wanted, lambda version: add_version(transfers, version, spool))
        for done, (version, result) in enumerate(results, 1):
            advance(done)
            if isinstance(result, AgentrecError):
                failed += 1
                warn_failed(version.id, result)
    added = 0 if args.dry_run else len(missing) - failed
    if args.json:
        print_json({"missing": len(missing), "added": added, "failed": failed})
    else:
        what = "not in the index" if args.dry_run else "added"
        print(f"{plural(len(missing) if args.dry_run else added, 'recording')} {what}")
    return ExitCode.NO if failed else ExitCode.OK
