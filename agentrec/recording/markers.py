"""Markers in the timeline: moments and snapshots, as views over events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.format.index import MAX_MARKS

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

SNAPSHOT = ("fs", "snapshot")


class Marker(NamedTuple):
    """A labeled point in time: ``kind`` is ``moment`` or ``snapshot``, ``t`` in ns, ``source`` who made it,
    ``status`` how it ended, if known (ok, passed, failed, waiting ...).

    A moment that was added later marks an earlier time than that of its event. So does the snapshot of the
    start, which is taken while the command runs.
    """

    id: str
    kind: str
    seq: int
    t: int
    label: str
    source: str
    status: str = ""


def list_markers(recording: Recording) -> list[Marker]:
    """All moments and snapshots in order of time. Reads only the segments that have any."""
    marks = recording.index.marks
    if len(marks) < MAX_MARKS:
        events = recording.at(seq for seq, _ in marks)
    else:  # the list in the index ends there
        events = recording.events(tracks=("mark", "fs"))
    markers = [marker for event in events if (marker := to_marker(event))]
    return sorted(markers, key=lambda marker: marker.t)


def to_marker(event: Event) -> Marker | None:
    """The marker an event stands for, if it does."""
    seq = event.seq
    match decode(event):
        case MarkMoment() as mark:
            t = happened(event)
            return Marker(f"m{seq}", "moment", seq, t, mark.label, mark.source, mark.status)
        case FsSnapshot() as snapshot:
            t = happened(event)
            return Marker(snapshot.id or f"s{seq}", "snapshot", seq, t, snapshot.label, "")
    return None


def happened(event: Event) -> int:
    """When it happened, in ns: the time in its data (``at_ns``), else that of the event.

    Moments may be added later, see :mod:`agentrec.recording.append`, and what an agent does is recorded
    when its transcript is read.
    """
    at = event.data.get("at_ns") if isinstance(event.data, dict) else None
    return at if type(at) is int and 0 <= at <= event.t else event.t
