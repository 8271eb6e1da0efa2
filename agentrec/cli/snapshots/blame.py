"""Show between which snapshots a line of a file was written, and what ran then.

agentrec blame src/main.py:12 run.ahr
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, found, opened, print_json
from agentrec.errors import ExitCode, InputError, UsageError
from agentrec.report.event_text import line
from agentrec.snapshots.diff.blame import blame
from agentrec.snapshots.lookup import RecordedSnapshot, find_snapshot, recorded_snapshots
from agentrec.text import printable, shorten
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.diff.blame import LineOrigin

_SHOWN_EVENTS = {("tool", "call"), ("sys", "command"), ("sys", "file")}
_MAX_EVENTS = 5
_MAX_CHARS = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("line", metavar="PATH:LINE", help="a line, by its number in the snapshot")
    parser.add_argument(
        "file", metavar="FILE[@SNAP]", help="a recording and a snapshot (default: its last one)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    where = re.fullmatch(r"(?s)(.+):(\d+)", args.line)
    if not where:
        raise UsageError(f"invalid line {args.line!r}: use PATH:LINE, such as src/main.py:12")
    file, _, name = (
        (args.file, "", "") if os.path.exists(found(args.file)) else args.file.rpartition("@")
    )
    if not file:
        raise InputError(f"{args.file} does not exist")
    with opened(file) as recording:
        known = recorded_snapshots(recording)
        last, _ = find_snapshot(recording, name or "last", known)
        store, _ = last.open(os.environ)
        same_store = [
            snapshot
            for snapshot in known[: known.index(last) + 1]
            if snapshot.record.store == store.name
        ]
        origin = blame(store, same_store, where[1].removeprefix("./"), int(where[2]))
        store.close()
        doing = _doing(recording, origin)
    _print(args, file, origin, doing)
    return ExitCode.OK


def _doing(recording: Recording, origin: LineOrigin) -> list[Event]:
    """What was done between the two snapshots, the latest first."""
    since = origin.before.t if origin.before else 0
    events = recording.events(since, origin.snapshot.t, ("tool", "sys"))
    return [event for event in events if event.name in _SHOWN_EVENTS][::-1][:_MAX_EVENTS]


def _print(args: argparse.Namespace, file: str, origin: LineOrigin, doing: list[Event]) -> None:
    snapshot, before = origin.snapshot, origin.before
    if args.json:
        result = {
            "snapshot": snapshot.id,
            "t": snapshot.t / 1e9,
            "label": snapshot.label,
            "line": origin.line,
        }
        result |= {"text": origin.text, "before": before.id if before else None}
        result["events"] = [{"seq": e.seq, "t": e.t / 1e9, "kind": "/".join(e.name)} for e in doing]
        print_json(result)
        return
    print(printable(origin.text))
    if before is None:
        print(f"already there when the recording began ({snapshot.id})")
        return
    times = f"{format_clock(before.t, fraction=True)} - {format_clock(snapshot.t, fraction=True)}"
    print(f"written between {before.id} and {snapshot.id}, {times}: {_label(snapshot)}")
    for event in doing:
        print(f"  {format_clock(event.t, fraction=True)}  {printable(_words(event))}")
    print(f"agentrec replay {file} --since {before.t / 1e9:.3f}")


def _label(snapshot: RecordedSnapshot) -> str:
    return printable(snapshot.label) or "(no label)"


def _words(event: Event) -> str:
    return shorten(f"{event.kind}: {line(event)}", _MAX_CHARS)
