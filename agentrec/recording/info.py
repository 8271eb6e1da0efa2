"""What a recording holds, as a JSON object."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING, TypedDict

from agentrec.recording.events.decode import decode
from agentrec.recording.events.guard import GuardRedacted
from agentrec.recording.events.sys import SysSigner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording

MAX_KINDS = 1000


class RecordingInfo(TypedDict):
    """What a recording holds. Times in seconds, sizes in bytes."""

    file: str
    header: JsonObject
    duration: float
    size: int
    raw: int
    ratio: float | None
    events: int
    by_kind: dict[str, dict[str, int]]
    kinds_left_out: int
    segments: int
    keyframes: int
    moments: int
    snapshots: int
    redacted: dict[str, dict[str, int]]
    signed_by: str | None
    exit: JsonObject | None
    run: JsonObject | None
    state: str
    damage: list[tuple[int, int, str]]
    unread: int


def _frequent(counts: dict[str, int]) -> list[str]:
    """The kinds to show, by name: the most frequent ones, where a file has more than anybody reads."""
    return sorted(nlargest(MAX_KINDS, counts, key=counts.__getitem__))


def recording_info(recording: Recording, *, whole: bool = True) -> RecordingInfo:
    """Everything that `agentrec info` shows. Without ``whole``, not what only reading all of it tells."""
    index = recording.index
    raw = index.raw
    return {
        "file": recording.name,
        "header": recording.header,
        "duration": recording.duration / 1e9,
        "size": recording.disk_size,
        "raw": raw,
        "ratio": round(recording.disk_size / raw, 4) if raw else None,
        "events": sum(index.counts.values()),
        "by_kind": {
            name: {"events": index.counts[name], "bytes": index.bytes.get(name, 0)}
            for name in _frequent(index.counts)
        },
        "kinds_left_out": max(0, len(index.counts) - MAX_KINDS),
        "segments": len(index.segments),
        "keyframes": len(index.keyframes),
        "moments": index.counts.get("mark/moment", 0),
        "snapshots": index.counts.get("fs/snapshot", 0),
        "redacted": _redacted(recording) if whole else {},
        "signed_by": signed_by(recording),
        "exit": exit_status(recording),
        "run": run_ending(recording),
        "state": recording_state(recording),
        "damage": [(item.offset, item.length, item.reason) for item in recording.damage],
        "unread": recording.unread,
    }


def exit_status(recording: Recording) -> JsonObject | None:
    """The data of the last exit event, which usually is at the end of the file."""
    if not recording.index.counts.get("term/exit"):
        return None
    return _last_of(recording, "term", "exit")


def run_ending(recording: Recording) -> JsonObject | None:
    """How a run of the Python library ended, if it is one and has: its ``error``, or none."""
    if not recording.index.counts.get("step/done"):
        return None
    return {"error": (_last_of(recording, "step", "done") or {}).get("error")}


def _last_of(recording: Recording, track: str, kind: str) -> JsonObject | None:
    """The data of the last such event at the end, else of the first one."""
    last = list(_data_of(recording, track, kind, since=max(0, recording.duration - 1)))
    return last[-1] if last else next(_data_of(recording, track, kind), None)


def _data_of(recording: Recording, track: str, kind: str, since: int = 0) -> Iterator[JsonObject]:
    for event in recording.events(since=since, tracks=(track,), binary=False):
        if event.kind == kind and isinstance(event.data, dict):
            yield event.data


def signed_by(recording: Recording) -> str | None:
    """The fingerprint of the key that it says it is signed with; whether it is, `agentrec verify` checks."""
    if not recording.index.counts.get("sys/signer"):
        return None
    for event in recording.events(tracks=("sys",), binary=False):
        match decode(event):
            case SysSigner(fingerprint=fingerprint):
                return fingerprint
    return None


def _redacted(recording: Recording) -> dict[str, dict[str, int]]:
    """How many secrets were masked, by place and by rule."""
    places: dict[str, dict[str, int]] = {}
    if not recording.index.counts.get("guard/redacted"):
        return places
    for event in recording.events(tracks=("guard",)):
        match decode(event):
            case GuardRedacted(rule=rule, where=where, count=count):
                rules = places.setdefault(where, {})
                rules[rule] = rules.get(rule, 0) + (1 if count is None else count)
    return places


def recording_state(recording: Recording) -> str:
    """``live``, ``complete``, ``torn`` or ``damaged``, as far as the recording was read."""
    if recording.live:
        return "live"
    if recording.damage:
        only_torn = all(item.reason.startswith("torn") for item in recording.damage)
        return "torn" if only_torn else "damaged"
    return "complete" if recording.ended else "torn"
