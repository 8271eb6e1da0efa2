"""Download recordings, with snapshots and conversations, from object storage.

  agentrec ls --remote s3://team-recordings/ci
  agentrec pull 20260131-142233-claude-9f3c --remote s3://team-recordings/ci
  agentrec pull 9f3c     the end of an id; the setting names the remote

They are put into the data directory, where every command finds them by id.
A pull that was killed goes on where it was. Pull only from people you trust:
`branch` runs recorded programs. See docs/fleet.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.fleet.remote_options import add_remote, note_seen, remote_of, warn_failed
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode
from agentrec.fleet.bounded_work import in_parallel
from agentrec.fleet.bucket.file_parts import Transfers
from agentrec.fleet.bucket.remote_listing import find_remote, read_newest
from agentrec.fleet.pull import Puller
from agentrec.library.locations import short_path
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.bucket.remote_listing import RemoteRecording
    from agentrec.fleet.bucket.stored_version import StoredVersion
    from agentrec.fleet.pull import PullResult
    from agentrec.json_values import JsonObject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("ids", nargs="+", metavar="ID", help="the id of a recording, or its beginning or end")
    add_remote(parser)
    add("--overwrite", action="store_true", help="replace a recording that has other content here")
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    remote = remote_of(args.remote)
    named: list[RemoteRecording] = []
    rows: list[JsonObject] = []
    for name, recording in in_parallel(args.ids, lambda name: find_remote(remote, name)):
        if isinstance(recording, AgentrecError):
            rows.append(_failed(name, recording))
        elif recording not in named:
            named.append(recording)
    rows += pull_all(named, remote, overwrite=args.overwrite, quiet=args.json)
    if args.json:
        print_json(rows)
    return ExitCode.NO if any(row["state"] == "failed" for row in rows) else ExitCode.OK


def pull_all(
    recordings: Sequence[RemoteRecording], remote: Remote, *, overwrite: bool, quiet: bool
) -> list[JsonObject]:
    """Pull recordings; a row of JSON for each."""
    rows: list[JsonObject] = []
    versions: list[StoredVersion] = []
    for recording, version in read_newest(remote, recordings):
        if isinstance(version, AgentrecError):
            rows.append(_failed(recording.id, version))
        else:
            versions.append(version)
    total = sum(version.size for version in versions)
    with (
        progress(f"pulling {plural(len(versions), 'recording')}", total) as advance,
        Transfers(remote, advance) as transfers,
    ):
        puller = Puller(transfers, os.environ, overwrite=overwrite)
        puller.sweep()
        for version, result in in_parallel(versions, puller.pull):
            if isinstance(result, AgentrecError):
                rows.append(_failed(version.name.id, result))
                continue
            rows.append(_row(result))
            if not quiet:
                _say(result)
    note_seen(remote, [str(row["id"]) for row in rows if row["state"] != "failed"])
    return rows


def _failed(name: str, error: AgentrecError) -> JsonObject:
    """A row, and the line that says why."""
    warn_failed(name, error)
    return {"id": name, "state": "failed", "error": str(error)}


def _row(result: PullResult) -> JsonObject:
    return {
        "id": result.id,
        "state": result.state,
        "file": result.path,
        "size": result.size,
        "snapshots": result.snapshots,
    }


def _say(result: PullResult) -> None:
    more = ", with snapshots" if result.snapshots else ""
    where = short_path(result.path, os.environ)
    print(printable(f"{result.id}: {result.state}, {format_size(result.size)}{more}: {where}"))
