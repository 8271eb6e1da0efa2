"""Check whether a recording is whole, torn, damaged or altered.

Exit code 0 for a whole recording (or an intact one that is still being made), 1 otherwise. Of an
encrypted one, checksums are checked without a key, and everything with --identity.
"""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, add_json, damage_lines, found, opened, print_json
from agentrec.cli.progress import progress
from agentrec.errors import ExitCode
from agentrec.recording import packing_queue
from agentrec.recording.encryption.identities import EncryptedError, closed, is_named
from agentrec.recording.reader import Recording
from agentrec.recording.verify import examine, examine_outside
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.verify import VerifyReport

_MEANING = {
    "whole": "whole: it ends where its recorder ended it, and every checksum matches",
    "closed": "encrypted: every checksum matches; a private key (--identity) is needed to check the rest",
    "live": "intact so far, and still being recorded",
    "torn": "torn: the recorder was stopped; what is there is intact",
    "damaged": "damaged: parts of it cannot be read",
    "altered": "altered: its checksums match, but its segments do not belong together",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "--chain", metavar="HEX", help="the chain value it must have, from an earlier verify"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    try:
        path, report, snapshots = _examined(args.file)
    except EncryptedError:
        if is_named() or args.chain:
            raise
        path, report = _examined_outside(args.file)
        snapshots = []
    packing = os.path.realpath(path) in packing_queue.waiting(os.environ)
    same = args.chain is None or args.chain.strip().lower() == report.chain
    if args.json:
        print_json(
            {
                "file": path,
                "state": report.state,
                "events": report.events,
                "events_lost": report.lost,
                "segments": report.segments,
                "chain": report.chain,
                "chain_matches": same if args.chain else None,
                "packing": packing,
                "notes": report.notes,
                "snapshots": snapshots,
                "damage": [[item.offset, item.length, item.reason] for item in report.damage],
            }
        )
    else:
        lines = [*_lines(path, report, same), *(f"  snapshot {text}" for text in snapshots)]
        if packing:
            lines.append(
                "  it is being packed in the background: after that its chain value is another"
            )
        print("\n".join(map(printable, lines)))
    return ExitCode.OK if report.state in ("whole", "closed", "live") and same else ExitCode.NO


def _examined(name: str) -> tuple[str, VerifyReport, list[str]]:
    """The path, what was found, and what its snapshots lack."""
    with opened(name, native=True) as recording:
        with progress("checking", recording.file_size) as advance:
            report = examine(recording, advance)
        missed = [one.missed_text for one in recorded_snapshots(recording) if one.missed_text]
        return recording.path, report, missed


def _examined_outside(name: str) -> tuple[str, VerifyReport]:
    """The same for an encrypted recording, without a key."""
    if name == "-":
        raise closed("standard input")
    with (
        Recording.outside(found(name)) as recording,
        progress("checking", recording.file_size) as advance,
    ):
        return recording.path, examine_outside(recording, advance)


def _lines(path: str, report: VerifyReport, same: bool) -> list[str]:
    lost = f", {plural(report.lost, 'event')} missing" if report.lost else ""
    events = f"{plural(report.events, 'event')} in " if report.chain else ""  # or nobody knows
    lines = [
        f"{path}: {_MEANING[report.state]}",
        f"  {events}{plural(report.segments, 'segment')}{lost}",
    ]
    lines += [f"  chain {report.chain}"] if report.chain else []
    lines += [f"  {note}" for note in report.notes]
    damage = ((item.offset, item.length, item.reason) for item in report.damage)
    lines += [f"  {line}" for line in damage_lines(damage)]
    if not same:
        lines.append("  the chain value differs from yours: this is not the same recording")
    if report.state in ("damaged", "torn"):
        name = quote(path) if os.path.exists(path) else "FILE"
        lines.append(f"  `agentrec repair {name}` writes a copy of what is readable")
    return lines
