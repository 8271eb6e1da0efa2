"""The snapshots of a recording, or, without one, those taken by hand in this directory."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

from agentrec.cli.common import RECORDING, add_json, opened, print_json, warn, warn_damage
from agentrec.errors import ExitCode
from agentrec.snapshots.gitstore.snapshot_store import MANUAL
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.text import format_size, plural, printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording

_MOMENT = (
    1_000_000_000  # ns; the first one is taken when a command has run for a quarter of a second
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=RECORDING,
    )
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    if args.file is None:
        return _by_hand(as_json=args.json)
    with opened(args.file) as recording:
        found = recorded_snapshots(recording)
        why = "" if found else _why_none(recording)
        warn_damage(recording)
    rows = [kept.told(os.environ) for kept in found]
    if not all(row["here"] for row in rows) and shutil.which("git") is None:
        warn("git is not installed: whether the files are here cannot be seen")
    if args.json:
        print_json(rows)
    elif not rows:
        print(f"no snapshots in this recording{': ' + printable(why) if why else ''}")
    else:
        _print(rows)
    return ExitCode.OK


def _print(rows: list[dict[str, Any]]) -> None:
    wide = max(len(str(row["id"])) for row in rows)
    for row in rows:
        changed = f"{row.get('changed', 0):,} changed" if row.get("parent") else ""
        at = format_clock(round(row["t"] * 1e9), fraction=True)
        files, held = plural(row.get("files", 0), "file"), format_size(int(row.get("bytes", 0)))
        line = (
            f"{printable(str(row['id'])):<{wide}}  {at:>11}  {files:>13}  {held:>9}  {changed:>13}  "
            f"{printable(str(row.get('label', '')))}"
        )
        print(line + ("" if row["here"] else "  (files not here)"))


def _why_none(recording: Recording) -> str:
    for event in recording.events(tracks=("sys", "mark")):
        data = event.data if isinstance(event.data, dict) else {}
        if event.name == ("sys", "dropped") and data.get("what") == "snapshots":
            return str(data.get("reason", ""))
        if event.name == ("mark", "moment") and data.get("source") == "snapshots":
            return str(data.get("label", "")).removeprefix("no snapshot: ")
    return "it had ended before one could be taken" if 0 < recording.duration < _MOMENT else ""


def _by_hand(*, as_json: bool) -> int:
    from agentrec.cli.snapshots.snapshot_names import here

    store = here()
    chain = store.chain(MANUAL)
    store.close()
    if as_json:
        print_json([{**snapshot._asdict(), "store": store.name} for snapshot in chain])
        return ExitCode.OK
    if not chain:
        print(f"no snapshots were taken by hand in {printable(store.workspace)}")
    for one in chain:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.created / 1e9))
        held = f"{plural(one.files, 'file'):>13}  {format_size(one.bytes):>9}"
        print(f"{'@' + one.id:<5}  {when}  {held}  {printable(one.label)}")
    return ExitCode.OK
