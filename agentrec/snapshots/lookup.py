"""The snapshots that a recording names, and the one that somebody means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.errors import InputError
from agentrec.recording.markers import SNAPSHOT, points
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.model import SnapshotError
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.model import Snapshot

_COUNTS = frozenset(("files", "bytes", "changed", "left"))
_TEXTS = frozenset(("id", "label", "reason", "commit", "tree", "store", "workspace", "cwd"))
_MAX_TOOK_MS = 1e9  # ms that taking one can have taken
_TIME = re.compile(r"\d+(?::\d{1,2}){0,2}(?:\.\d+)?")


class RecordedSnapshot(NamedTuple):
    """A snapshot as a recording tells it: taken at ``t`` ns, told by the event ``seq``.

    ``data`` is the event's: id, label, reason, commit, tree, store, workspace, cwd, files, bytes, changed,
    left, parent, at_seq, conversation (the seq of the last agent/conversation before), took_ms. What is of
    another type than it should be is not in it.
    """

    id: str
    t: int
    seq: int
    label: str
    data: dict[str, Any]

    def open(self, env: Mapping[str, str]) -> tuple[SnapshotStore, Snapshot]:
        """The store it is in, and itself. Raises SnapshotError when it is not on this machine."""
        store = SnapshotStore.named(str(self.data.get("store", "")), env)
        return store, store.snapshot(str(self.data.get("commit", "")))

    def told(self, env: Mapping[str, str]) -> dict[str, Any]:
        """As a JSON object; ``t`` in seconds, ``here``: whether its files are on this machine."""
        try:
            store, _ = self.open(env)
            store.close()
            here = True
        except SnapshotError:
            here = False
        return {**self.data, "id": self.id, "t": self.t / NS_PER_SECOND, "here": here}


def recorded_snapshots(recording: Recording) -> list[RecordedSnapshot]:
    """All snapshots of a recording, the first one first."""
    wanted = [point.seq for point in points(recording) if point.kind == "snapshot"]
    return [kept for event in recording.at(wanted) if (kept := recorded_snapshot(event))]


def recorded_snapshot(event: Event) -> RecordedSnapshot | None:
    """The snapshot an event stands for, if it does."""
    data = event.data
    if event.name != SNAPSHOT or not isinstance(data, dict):
        return None
    data = {name: value for name, value in data.items() if _fits(name, value)}
    name = str(data.get("id", f"s{event.seq}"))
    return RecordedSnapshot(name, event.t, event.seq, str(data.get("label", "")), data)


def _fits(name: str, value: Any) -> bool:
    """Whether a field can be used as what it should be: a recording may be anybody's."""
    if name in _COUNTS:
        return type(value) is int and value >= 0
    if name == "took_ms":
        return type(value) in (int, float) and 0 <= value < _MAX_TOOK_MS
    return name not in _TEXTS or isinstance(value, str)


def find_snapshot(
    recording: Recording, name: str, known: Sequence[RecordedSnapshot] | None = None
) -> tuple[RecordedSnapshot, str]:
    """The snapshot that ``name`` means, and a word about it when it is not quite what was asked for.

    ``name``: an id (s3), first, last, the beginning of a commit, a moment (m12) or a time (1:30), of which
    it is the one before. Raises InputError.
    """
    found = recorded_snapshots(recording) if known is None else list(known)
    if not found:
        raise InputError(
            f"{recording.path} has no snapshots",
            "it was recorded without, in a refused directory, or had ended within a moment",
        )
    exact = {"first": found[0], "last": found[-1]} | {kept.id: kept for kept in found}
    if name in exact:
        return exact[name], ""
    if re.fullmatch(r"[0-9a-f]{7,40}", name):
        for kept in found:
            if str(kept.data.get("commit", "")).startswith(name):
                return kept, ""
    t = named_time(recording, name)
    if t is None:
        raise InputError(
            f"{recording.path} has no snapshot {name}",
            f"`agentrec snapshots {recording.path}` lists them",
        )
    return snapshot_before(found, t, name)


def snapshot_before(
    found: Sequence[RecordedSnapshot], t: int, what: str
) -> tuple[RecordedSnapshot, str]:
    """The last snapshot at or before ``t`` ns, which ``what`` stands for, and a word about that."""
    earlier = [kept for kept in found if kept.t <= t]
    if not earlier:
        return found[0], f"there is no snapshot before {what}; taking the first, {found[0].id}"
    last = earlier[-1]
    word = f"taking {last.id}, {(t - last.t) / NS_PER_SECOND:.1f} s before {what}"
    return last, "" if last.t == t else word


def named_time(recording: Recording, name: str) -> int | None:
    """The time in ns of a moment (m12) or of a time in words (1:30); None for anything else."""
    for point in points(recording):
        if point.kind == "moment" and name == point.id:
            return point.t
    if not _TIME.fullmatch(name):
        return None
    total = 0.0
    for part in name.split(":"):
        total = total * 60 + float(part)
    return round(total * NS_PER_SECOND)
