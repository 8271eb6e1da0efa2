"""Push what only this machine has, and pull what only the remote has.

  agentrec sync --remote s3://team-recordings
  agentrec sync --dry-run      only show what would be pushed and pulled
  agentrec sync --since 7d     recordings that began in the last week

A recording that got a title, a tag or a note on one side comes to the other.
What was removed on one side stays removed there, and is not removed on the
other. Imported sessions stay where they are. See docs/fleet.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json, warn
from agentrec.cli.fleet.pull import pull_all
from agentrec.cli.fleet.push import push_all
from agentrec.cli.fleet.remote_options import (
    add_on_the_way,
    add_remote,
    note_seen,
    on_the_way,
    remote_of,
    warn_failed,
)
from agentrec.cli.library.selection import add_since
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode
from agentrec.fleet.bounded_work import in_parallel
from agentrec.fleet.bucket.remote_listing import remote_recordings
from agentrec.fleet.seen_ids import SeenIds
from agentrec.fleet.sync import LocalState, plan_sync
from agentrec.fleet.sync import local_state as state_of
from agentrec.library.resolve import known_recordings
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.on_the_way import OnTheWay
    from agentrec.fleet.sync import SyncPlan
    from agentrec.json_values import JsonObject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_remote(parser)
    add_since(parser)
    add_on_the_way(parser)
    parser.add_argument("-n", "--dry-run", action="store_true", help="only show what would be done")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    way = on_the_way(redact=args.redact, plain=args.plain)
    remote = remote_of(args.remote, create=not args.dry_run)
    here, failed = _here(args.since, way)
    there = {
        name: one
        for name, one in remote_recordings(remote).items()
        if args.since is None or one.newest.created >= args.since
    }
    seen = SeenIds(remote.url, os.environ).read()
    plan = plan_sync(here, there, seen, way)
    if args.dry_run:
        _show(plan, as_json=args.json)
        return ExitCode.OK
    rows = _carry_out(plan, remote, way, quiet=args.json)
    note_seen(remote, plan.same)
    if args.json:
        print_json({**_counts(plan), "recordings": rows})
    else:
        _notes(plan)
        print(f"{_done(rows)}{len(plan.same):,} unchanged")
    is_whole = not failed and all(row["state"] != "failed" for row in rows)
    return ExitCode.OK if is_whole else ExitCode.NO


def _here(since: int | None, way: OnTheWay) -> tuple[list[LocalState], int]:
    """The recordings of this machine, and how many cannot be read."""
    paths = sorted(known_recordings(os.environ))
    states: list[LocalState] = []
    failed = 0
    with progress("reading", len(paths), "recordings") as advance:
        for done, (path, state) in enumerate(
            in_parallel(paths, lambda path: state_of(path, os.environ, way)), 1
        ):
            advance(done)
            if isinstance(state, AgentrecError):
                failed += 1
                warn_failed(path, state)
            elif state and (since is None or state.copy is None or state.created >= since):
                states.append(state)
    return states, failed


def _carry_out(plan: SyncPlan, remote: Remote, way: OnTheWay, *, quiet: bool) -> list[JsonObject]:
    rows = [row for row, _ in push_all(plan.push, remote, way, quiet=quiet)]
    rows += pull_all(plan.pull, remote, overwrite=False, quiet=quiet)
    return rows + pull_all(plan.update, remote, overwrite=True, quiet=quiet)


def _show(plan: SyncPlan, *, as_json: bool) -> None:
    rows = [{"file": path, "state": "push"} for path in plan.push]
    rows += [{"id": one.id, "state": "pull"} for one in plan.pull]
    rows += [{"id": one.id, "state": "update"} for one in plan.update]
    if as_json:
        print_json({**_counts(plan), "recordings": rows})
        return
    for row in rows:
        print(printable(f"{row['state']}: {row.get('id') or row['file']}"))
    _notes(plan)
    print(f"{len(rows):,} to do, {len(plan.same):,} unchanged")


def _counts(plan: SyncPlan) -> JsonObject:
    return {
        "unchanged": len(plan.same),
        "live": plan.live,
        "removed_here": plan.removed_here,
        "removed_there": plan.removed_there,
    }


def _notes(plan: SyncPlan) -> None:
    """What was left, and why."""
    for ids, words in (
        (plan.live, "still being recorded: {}"),
        (plan.removed_here, "{} removed here: `agentrec pull ID` brings it back"),
        (plan.removed_there, "{} removed from the remote: `agentrec push ID` puts it back"),
    ):
        if ids:
            warn(words.format(plural(len(ids), "recording")))


def _done(rows: Sequence[JsonObject]) -> str:
    states = [str(row["state"]) for row in rows]
    return "".join(f"{states.count(state):,} {state}, " for state in dict.fromkeys(states))
