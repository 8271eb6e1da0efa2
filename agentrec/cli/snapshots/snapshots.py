"""List the snapshots of a recording; without FILE, those taken manually in this directory."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from agentrec.cli.common import (
    RECORDING,
    add_identity,
    add_json,
    opened,
    print_json,
    warn,
    warn_damage,
    warn_lacks,
)
from agentrec.errors import ExitCode
from agentrec.json_values import amount, count
from agentrec.recording.events.fs import missed_text, scanned_text
from agentrec.recording.format.header import origin_ids
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.gitstore.snapshot_store import MANUAL, SnapshotStore
from agentrec.snapshots.lookup import recorded_snapshots, why_none
from agentrec.snapshots.model import SnapshotError
from agentrec.text import format_size, plural, printable
from agentrec.times import NS_PER_SECOND, format_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=RECORDING,
    )
    add_json(parser, "as a JSON array")
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    if args.file is None:
        return _print_manual(as_json=args.json)
    with opened(args.file) as recording:
        found = recorded_snapshots(recording)
        kept = _conversations(recording, found)
        why = "" if found else why_none(recording)
        warn_damage(recording)
        warn_lacks(recording)
    rows = [snapshot.as_json(os.environ) for snapshot in found]
    if not all(row["here"] for row in rows) and shutil.which("git") is None:
        warn("git is not installed: cannot tell whether the files are on this machine")
    if args.json:
        print_json(rows)
    elif not rows:
        print(f"no snapshots in this recording{': ' + printable(why) if why else ''}")
    else:
        _print(rows)
        if kept:
            print(kept)
    return ExitCode.OK


def _conversations(recording: Recording, found: Sequence[RecordedSnapshot]) -> str:
    """What is kept of the agents' transcripts, in words."""
    count = size = 0
    for store_name in {snapshot.record.store for snapshot in found}:
        try:
            shelf = Shelf(SnapshotStore.named(store_name, os.environ))
        except SnapshotError:
            continue
        for name in origin_ids(recording.header):
            count += len(shelf.needed(name))
            size += shelf.bytes_of(name)
    return (
        f"conversations: {plural(count, 'transcript')} kept, {format_size(size)}" if count else ""
    )


def _print(rows: list[JsonObject]) -> None:
    id_columns = max(len(str(row["id"])) for row in rows)
    for row in rows:
        changed = f"{count(row.get('changed')):,} changed" if row.get("parent") else ""
        at = format_clock(round((amount(row["t"]) or 0) * NS_PER_SECOND), fraction=True)
        files, size = plural(count(row.get("files")), "file"), format_size(count(row.get("bytes")))
        line = (
            f"{printable(str(row['id'])):<{id_columns}}  {at:>11}  {files:>13}  {size:>9}  {changed:>13}  "
            f"{printable(str(row.get('label', '')))}"
        )
        print(line + ("" if row["here"] else "  (files not on this machine)"))
        for note in filter(None, (missed_text(row), scanned_text(row))):
            print(f"{'':<{id_columns}}  {printable(note)}")


def _print_manual(*, as_json: bool) -> int:
    from agentrec.cli.snapshots.snapshot_names import here

    store = here()
    chain = store.chain(MANUAL)
    store.close()
    if as_json:
        print_json({**snapshot._asdict(), "store": store.name} for snapshot in chain)
        return ExitCode.OK
    if not chain:
        print(f"no snapshots were taken manually in {printable(store.workspace)}")
    for one in chain:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.created / 1e9))
        held = f"{plural(one.files, 'file'):>13}  {format_size(one.bytes):>9}"
        print(f"{'@' + one.id:<5}  {when}  {held}  {printable(one.label)}")
    return ExitCode.OK
