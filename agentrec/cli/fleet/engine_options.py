"""What the commands about the index of a remote share: where it is, and what answers."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.cli.fleet.remote_options import REMOTE_HELP, remote_of
from agentrec.cli.library.selection import add_selection
from agentrec.fleet.fleet_settings import fleet_settings
from agentrec.fleet.query.embedded_engine import check_searchable
from agentrec.fleet.query.engine import opened_engine
from agentrec.library.filters import Filters

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.fleet.query.engine import IndexEngine


def add_index(parser: argparse.ArgumentParser) -> None:
    """The options --remote and --server, and those that select recordings."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--remote", default="", metavar="URL", help=REMOTE_HELP)
    where.add_argument(
        "--server",
        default="",
        metavar="URL",
        help="ask the ClickHouse that has loaded the index, at http://HOST:8123 (default: the setting "
        "fleet.server, unless --remote is given)",
    )
    add_selection(parser)


def index_filters(args: argparse.Namespace) -> Filters:
    """The conditions of :func:`add_index`."""
    return Filters((), args.agent, args.project, args.since, args.until, tags=tuple(args.tag))


@contextmanager
def index_engine(args: argparse.Namespace) -> Iterator[IndexEngine]:
    """What answers questions to the index that the options name. Raises UsageError, RemoteError."""
    settings = fleet_settings(os.environ)
    server = args.server or ("" if args.remote else settings.server)
    remote = args.remote or settings.remote
    if not server:
        check_searchable(remote)
        remote = remote_of(remote).url
    with opened_engine(remote, server, settings.table) as engine:
        yield engine
