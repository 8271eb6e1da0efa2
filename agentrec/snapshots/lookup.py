"""The snapshots that a recording has, and finding one by the name that the user gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError
from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.sys import SysDropped
from agentrec.recording.markers import happened, list_markers
from agentrec.redact import mask_text
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import SnapshotError
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.model import Snapshot

_MAX_NAMED = 10
# A command that changes nothing gets snapshots only if it runs for a quarter of a second.
_SHORT_RUN_NS = 1_000_000_000
_NONE = "it was recorded without them, or in a refused directory"
_TIME = re.compile(r"\d+(?::\d{1,2}){0,2}(?:\.\d+)?")


class RecordedSnapshot(NamedTuple):
    """A snapshot as a recording describes it: of the files at ``t`` ns, recorded as event ``seq``."""

    id: str
    t: int
    seq: int
    label: str
    record: FsSnapshot

    @property
    def commit(self) -> str:
        """Its commit in the store."""
        return self.record.commit

    @property
    def missed_text(self) -> str:
        """How its files may differ from those at its time, in words; empty if they do not."""
        text = self.record.missed_text
        return f"{self.id}: {text}" if text else ""

    def open(self, env: Mapping[str, str]) -> tuple[SnapshotStore, Snapshot]:
        """The store it is in, and itself. Raises SnapshotError if it is not on this machine."""
        store = SnapshotStore.named(self.record.store, env)
        return store, store.snapshot(self.commit)

    def as_json(self, env: Mapping[str, str]) -> JsonObject:
        """As a JSON object; ``t`` in seconds, ``here``: whether its files are on this machine."""
        try:
            store, _ = self.open(env)
            store.close()
            here = True
        except SnapshotError:
            here = False
        return {
            **self.record.known_data(),
            "id": self.id,
            "t": self.t / NS_PER_SECOND,
            "here": here,
        }


def recorded_snapshots(recording: Recording) -> list[RecordedSnapshot]:
    """All snapshots of a recording, the first one first."""
    wanted = [point.seq for point in list_markers(recording) if point.kind == "snapshot"]
    events = recording.at(wanted)
    return [snapshot for event in events if (snapshot := recorded_snapshot(event))]


def recorded_snapshot(event: Event) -> RecordedSnapshot | None:
    """The snapshot that an event records, if it does."""
    match decode(event):
        case FsSnapshot(id=name, label=label) as record:
            t = happened(event)
            return RecordedSnapshot(name or f"s{event.seq}", t, event.seq, label, record)
    return None


def why_none(recording: Recording) -> str:
    """Why the recording has no snapshots; empty if that is not known."""
    if recording.encrypted:
        return "it is encrypted, and they would not be"
    if recording.header.get("imported"):
        return "it was imported; `agentrec record` takes them"
    for event in recording.events(tracks=("sys", "mark")):
        match decode(event):
            case SysDropped(what="snapshots", reason=reason):
                return reason
            case MarkMoment(source="snapshots", label=label):
                return label.removeprefix("no snapshot: ")
    if recording.index.counts.get("step/run"):
        return "it is a run of the Python library; `agentrec resume` goes on from one of its steps"
    return "it ended before one could be taken" if 0 < recording.duration < _SHORT_RUN_NS else ""


def find_snapshot(
    recording: Recording, name: str, known: Sequence[RecordedSnapshot] | None = None
) -> tuple[RecordedSnapshot, str]:
    """The snapshot that ``name`` means, and a note if it is not exactly what was asked for.

    ``name``: an id (s3), first, last, the beginning of a commit, a mark (m12), a time (1:30), or a label
    that only one snapshot or else only one mark has; for a mark or a time it is the snapshot before.
    ``known`` are the recording's snapshots. Raises InputError.
    """
    snapshots = recorded_snapshots(recording) if known is None else list(known)
    if not snapshots:
        raise InputError(f"{recording.name} has no snapshots", why_none(recording) or _NONE)
    if exact := _by_name(snapshots, name):
        return exact, ""
    t = named_time(recording, name)
    if t is None and (labeled := _by_label(snapshots, name)):
        return labeled, ""
    t = labeled_time(recording, name) if t is None else t
    if t is None:
        raise InputError(
            f"{recording.name} has no snapshot {name}",
            f"`agentrec snapshots {recording.name}` lists them",
        )
    return snapshot_before(snapshots, t, name)


def _by_name(snapshots: Sequence[RecordedSnapshot], name: str) -> RecordedSnapshot | None:
    """The snapshot with an id, with the beginning of a commit, or the first or last."""
    by_id = {snapshot.id: snapshot for snapshot in snapshots}
    exact = {"first": snapshots[0], "last": snapshots[-1]} | by_id
    if name in exact:
        return exact[name]
    if not re.fullmatch(r"[0-9a-f]{7,40}", name):
        return None
    return next((snapshot for snapshot in snapshots if snapshot.commit.startswith(name)), None)


def _by_label(snapshots: Sequence[RecordedSnapshot], name: str) -> RecordedSnapshot | None:
    """The one snapshot with that label. Raises InputError if there are several."""
    label = mask_text(name)
    labeled = [snapshot for snapshot in snapshots if snapshot.label == label]
    _check_unique(name, [snapshot.id for snapshot in labeled])
    return labeled[0] if labeled else None


def _check_unique(label: str, ids: Sequence[str]) -> None:
    if len(ids) > 1:
        shown = ", ".join(ids[:_MAX_NAMED]) + (" ..." if len(ids) > _MAX_NAMED else "")
        raise InputError(f"the label {label!r} is not unique: {shown}", "use one of these ids")


def snapshot_before(
    snapshots: Sequence[RecordedSnapshot], t: int, what: str
) -> tuple[RecordedSnapshot, str]:
    """The last snapshot at or before ``t`` ns, and a note that calls that time ``what``."""
    earlier = [snapshot for snapshot in snapshots if snapshot.t <= t]
    if not earlier:
        first = snapshots[0]
        return first, f"there is no snapshot before {what}; taking the first, {first.id}"
    last = earlier[-1]
    note = f"taking {last.id}, {(t - last.t) / NS_PER_SECOND:.1f} s before {what}"
    return last, "" if last.t == t else note


def labeled_time(recording: Recording, label: str) -> int | None:
    """The time in ns of the one mark with that label. Raises InputError if there are several."""
    marks = [point for point in list_markers(recording) if point.kind == "moment"]
    marks = [mark for mark in marks if mark.label == mask_text(label)]
    _check_unique(label, [mark.id for mark in marks])
    return marks[0].t if marks else None


def named_time(recording: Recording, name: str) -> int | None:
    """The time in ns of a mark (m12), or of a time as text (1:30); None for anything else."""
    for point in list_markers(recording):
        if point.kind == "moment" and name == point.id:
            return point.t
    if not _TIME.fullmatch(name):
        return None
    total = 0.0
    for part in name.split(":"):
        total = total * 60 + float(part)
    return round(total * NS_PER_SECOND)
