"""What a recording holds, as a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.markers import list_markers

if TYPE_CHECKING:
    from typing import Any

    from agentrec.recording.reader import Recording


def recording_info(recording: Recording) -> dict[str, Any]:
    """Everything `info` says, as a JSON object. Times in seconds, sizes in bytes."""
    index = recording.index
    found = list_markers(recording)
    raw = index.raw
    return {
        "file": recording.path,
        "header": recording.header,
        "duration": recording.duration / 1e9,
        "size": recording.file_size,
        "raw": raw,
        "ratio": round(recording.file_size / raw, 4) if raw else None,
        "events": sum(index.counts.values()),
        "by_kind": {
            name: {"events": count, "bytes": index.bytes.get(name, 0)}
            for name, count in sorted(index.counts.items())
        },
        "segments": len(index.segments),
        "keyframes": len(index.keyframes),
        "moments": sum(point.kind == "moment" for point in found),
        "snapshots": sum(point.kind == "snapshot" for point in found),
        "redacted": _redacted(recording),
        "exit": _exit(recording),
        "state": recording_state(recording),
        "damage": [[item.offset, item.length, item.reason] for item in recording.damage],
    }


def _exit(recording: Recording) -> dict[str, Any] | None:
    """The last exit event's data, from the end of the file only."""
    if not recording.index.counts.get("term/exit"):
        return None
    last = None
    for event in recording.events(since=max(0, recording.duration - 1), tracks=("term",)):
        if event.kind == "exit" and isinstance(event.data, dict):
            last = event.data
    return last or next(
        (
            e.data
            for e in recording.events(tracks=("term",))
            if e.kind == "exit" and isinstance(e.data, dict)
        ),
        None,
    )


def _redacted(recording: Recording) -> dict[str, dict[str, int]]:
    """How many secrets were masked, by where they stood and by rule."""
    found: dict[str, dict[str, int]] = {}
    if not recording.index.counts.get("guard/redacted"):
        return found
    for event in recording.events(tracks=("guard",)):
        data = event.data
        if event.kind == "redacted" and isinstance(data, dict):
            rules = found.setdefault(str(data.get("where", "")), {})
            rule, count = str(data.get("rule", "")), data.get("count")
            rules[rule] = rules.get(rule, 0) + (count if isinstance(count, int) else 1)
    return found


def recording_state(recording: Recording) -> str:
    """``live``, ``complete``, ``torn`` or ``damaged``, by what was found of it so far."""
    if recording.live:
        return "live"
    if recording.damage:
        only_torn = all(item.reason.startswith("torn") for item in recording.damage)
        return "torn" if only_torn else "damaged"
    return "complete" if recording.ended else "torn"
