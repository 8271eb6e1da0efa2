"""One recording: what it holds, event by event and in sum."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from agentrec.export.jsonl import fields
from agentrec.recording.format.codec import to_event
from agentrec.recording.info import recording_info
from agentrec.recording.markers import Marker, list_markers
from agentrec.report.event_text import line
from agentrec.report.summary import summarize
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.times import NS_PER_SECOND
from agentrec.web.catalog import id_of
from agentrec.web.handlers.download import recording as download
from agentrec.web.handlers.lineage import children, lineage_of
from agentrec.web.openapi import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.web.request import Asked

_PAGE = 4 << 20  # bytes of events on a page, about
_MOST = 200_000  # events that are looked at for one page
_FACTS = (
    *("header", "by_kind", "exit", "redacted", "state", "duration", "size", "raw"),
    *("events", "moments", "snapshots"),
)


def session(asked: Asked) -> dict[str, Any]:
    row = asked.row
    with asked.service.shelf.read(row["path"]) as it:
        facts = recording_info(it.recording)
        cols, rows = it.recording.size
    exit_ = facts["exit"] or {}
    if not (facts["state"] == "live" or row["state"] == "live"):
        facts["state"] = row["state"]  # by who has read all of it
    shown = dict(facts)
    return {
        **asked.service.catalog.session(row),  # of which the index may know an earlier state
        **{name: shown[name] for name in _FACTS},
        "cols": cols,
        "rows": rows,
        "live": facts["state"] == "live",
        "exit_code": exit_.get("code"),
        "exit_signal": exit_.get("signal"),
        "hasInput": "term/input" in facts["by_kind"],
    }


def timeline(asked: Asked) -> dict[str, Any]:
    row = asked.row
    with asked.service.shelf.read(row["path"]) as it:
        recording = it.recording
        moments = [
            moment_data(point) for point in list_markers(recording) if point.kind == "moment"
        ]
        kept = recorded_snapshots(recording)
        cols, rows = recording.size
        told = {
            "sessionId": id_of(row),
            "durationSec": recording.duration / NS_PER_SECOND,
            "live": recording.live,
            "recording": {
                "format": "ahr",
                "uri": f"{PREFIX}/sessions/{id_of(row)}/recording",
                "width": cols,
                "height": rows,
                "hasInput": bool(recording.index.counts.get("term/input")),
            },
        }
    snapshots = [snapshot_data(one) for one in kept]
    return {**told, "moments": moments, "fsSnapshots": snapshots, "branches": children(asked, row)}


def moment_data(point: Marker) -> dict[str, Any]:
    """A moment in the shape of Agent Harbor's timeline."""
    auto = point.source == "auto"
    return {
        "id": point.id,
        "ts": point.t / NS_PER_SECOND,
        "label": point.label,
        "kind": "auto" if auto else "manual",
        "type": "milestone" if auto else "mark",
        "seq": point.seq,
        "source": point.source,
    }


def snapshot_data(kept: RecordedSnapshot) -> dict[str, Any]:
    """A snapshot in the shape of Agent Harbor's timeline."""
    data = kept.data
    return {
        "id": kept.id,
        "ts": kept.t / NS_PER_SECOND,
        "label": kept.label,
        "provider": "git",
        "snapshot": {"id": str(data.get("commit", "")), "size_bytes": _count(data.get("bytes"))},
        "branchable": True,
        "seq": kept.seq,
        "reason": str(data.get("reason", "")),
        "files": _count(data.get("files")),
        "changed": _count(data.get("changed")),
    }


def _count(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0


def events(asked: Asked) -> dict[str, Any]:
    params = asked.params
    limit, words = params["limit"], params["line"]
    page: list[dict[str, Any]] = []
    size = 0
    next_seq: int | None = None
    with asked.service.shelf.read(asked.row["path"]) as it:
        recording = it.recording
        for looked, event in enumerate(asked.deadline.watch(_from(recording, params))):
            if len(page) >= limit or size > _PAGE or looked >= _MOST:
                next_seq = event.seq
                break
            if not _wanted(event, params):
                continue
            told = fields(event)
            if words:
                told["line"] = str(line(event))
            page.append(told)
            size += _weight(event)
        live = recording.live
    return {"events": page, "next": None if next_seq is None else str(next_seq), "live": live}


def _from(recording: Recording, params: dict[str, Any]) -> Iterator[Event]:
    """Events from where the page begins to the end of what is asked for."""
    since, until = _ns(params["since"]) or 0, _ns(params["until"])
    first = int(params["cursor"] or 0)
    for seq, records in recording.batches(max(since, _time_of(recording, first))):
        if seq + len(records) <= first:
            continue
        for place, record in islice(enumerate(records, seq), max(0, first - seq), None):
            if until is not None and record[0] > until:
                return
            if record[0] >= since:
                yield to_event(place, record)


def _time_of(recording: Recording, seq: int) -> int:
    """When the segment begins that holds ``seq``, in ns."""
    return max((t for _, at, t in recording.index.segments if at <= seq), default=0)


def _wanted(event: Event, params: dict[str, Any]) -> bool:
    tracks, kinds, actor = params["track"], params["kind"], params["actor"]
    if not (event.track in tracks if tracks else not isinstance(event.data, bytes)):
        return False
    if kinds and event.kind not in kinds:
        return False
    return not actor or event.actor == actor or (event.actor or "").startswith(f"{actor}/")


def _weight(event: Event) -> int:
    data = event.data
    return len(data) if isinstance(data, bytes) else 200 + len(str(data))


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * NS_PER_SECOND)


def summary(asked: Asked) -> dict[str, Any]:
    row = asked.row
    with asked.service.shelf.read(row["path"]) as it:
        return {**summarize(it.recording), "id": id_of(row)}


def branches(asked: Asked) -> dict[str, Any]:
    return lineage_of(asked)


HANDLERS = {
    "session": session,
    "timeline": timeline,
    "events": events,
    "recording": download,
    "summary": summary,
    "branches": branches,
}
