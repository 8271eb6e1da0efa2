"""List the marks and snapshots of a recording: the points to jump to or branch from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.branches.from_commit.commit_origin import why_from_commit
from agentrec.cli.common import add_file, add_json, opened, print_json, warn_damage, warn_lacks
from agentrec.errors import ExitCode
from agentrec.recording.markers import list_markers
from agentrec.text import printable
from agentrec.times import format_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.markers import Marker

_KINDS = {"moment": "mark"}  # what users call it
_ONLY_JUMP = "you can jump to these marks, but not branch from them"
_TOLD = ("failed", "unfinished")  # endings that are worth showing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    add_json(parser, "as a JSON array")


def run(args: argparse.Namespace) -> int:
    with opened(args.file) as recording:
        found = list_markers(recording)
        why = why_from_commit(recording)
        warn_damage(recording)
        warn_lacks(recording)
    if args.json:
        print_json({**point._asdict(), "t": point.t / 1e9} for point in found)
        return ExitCode.OK
    if not found:
        branch = f": {why}, branch from a time or its end" if why else ""
        print(f"no marks or snapshots in this recording{branch}")
        return ExitCode.OK
    width = max(len(printable(point.id)) for point in found)
    for point in found:
        label = printable(point.label) or "(no label)"
        ended = f"  ({point.status})" if _is_news(point) else ""
        at, kind = format_clock(point.t, fraction=True), _KINDS.get(point.kind, point.kind)
        head = f"{printable(point.id):<{width}}  {at:>11}  {kind:<8}"
        print(f"{head}  {label}{ended}")
    if not any(point.kind == "snapshot" for point in found):
        of_commit = f"{why}, a branch has the files of a commit"
        print(f"no snapshots in this recording: {of_commit if why else _ONLY_JUMP}")
    return ExitCode.OK


def _is_news(point: Marker) -> bool:
    """Whether its status says something that its label does not."""
    return point.status in _TOLD and point.status not in point.label
