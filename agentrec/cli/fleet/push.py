"""Upload recordings, with their snapshots and conversations, to object storage.

  agentrec push last --remote s3://team-recordings/ci
  agentrec push a.ahr b.ahr --remote file:///mnt/share/recordings
  agentrec config set fleet.remote s3://team-recordings
                                     then --remote can be left out

Nothing in the remote is overwritten. A push that was killed goes on where it
was. Secrets are uploaded as they are in the recording, unless --redact or the
setting fleet.redact is given. See docs/fleet.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import RECORDING_FILE, add_json, found, print_json, warn
from agentrec.cli.fleet.remote_options import (
    add_redact,
    add_remote,
    note_seen,
    remote_of,
    warn_failed,
)
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode
from agentrec.fleet.bounded_work import in_parallel
from agentrec.fleet.bucket.file_parts import Transfers
from agentrec.fleet.fleet_settings import fleet_settings
from agentrec.fleet.push import Pusher
from agentrec.fleet.spool import spool_folder
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.push import PushResult
    from agentrec.json_values import JsonObject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help=RECORDING_FILE)
    add_remote(parser)
    add_redact(parser)
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    remote = remote_of(args.remote, create=True)
    redact = args.redact or fleet_settings(os.environ).redact
    results = push_all(args.files, remote, redact=redact, quiet=args.json)
    if args.json:
        print_json([row for row, _ in results])
    return ExitCode.OK if all(ok for _, ok in results) else ExitCode.NO


def push_all(
    names: Sequence[str], remote: Remote, *, redact: bool, quiet: bool
) -> list[tuple[JsonObject, bool]]:
    """Push recordings; a row of JSON for each, and whether it is in the remote now."""
    total = sum(_size(name) for name in names)
    rows = []
    unsearchable: dict[str, list[str]] = {}
    with (
        spool_folder(os.environ) as spool,
        progress(f"pushing {plural(len(names), 'recording')}", total) as advance,
        Transfers(remote, advance) as transfers,
    ):
        pusher = Pusher(transfers, spool, os.environ, redact=redact)
        for name, result in in_parallel(names, lambda name: pusher.push(found(name))):
            if isinstance(result, AgentrecError):
                warn_failed(name, result)
                row: JsonObject = {"file": name, "state": "failed", "error": str(result)}
            else:
                row = _row(name, result)
                _say(name, result, redact=redact, quiet=quiet)
                if result.unsearchable:
                    unsearchable.setdefault(result.unsearchable, []).append(name)
            rows.append((row, not isinstance(result, AgentrecError)))
    for why, which in unsearchable.items():
        more = f" and {len(which) - 1} more" if len(which) > 1 else ""
        warn(printable(f"{which[0]}{more}: not searchable in the remote: {why}"))
    note_seen(remote, [str(row["id"]) for row, ok in rows if ok])
    return rows


def _row(name: str, result: PushResult) -> JsonObject:
    return {
        "file": name,
        "id": result.id,
        "state": result.state,
        "key": result.key,
        "size": result.size,
        "snapshots": result.snapshots,
        # Of one that was there it is not known.
        "searchable": None if result.size is None else not result.unsearchable,
    }


def _say(name: str, result: PushResult, *, redact: bool, quiet: bool) -> None:
    if result.missing and not redact:
        warn(f"{printable(name)}: its snapshots are not on this machine")
    if not quiet:
        what = result.state + (f", {format_size(result.size)}" if result.size is not None else "")
        print(printable(f"{result.id}: {what}{', with snapshots' if result.snapshots else ''}"))


def _size(name: str) -> int:
    try:
        return os.path.getsize(found(name))
    except (AgentrecError, OSError):
        return 0
