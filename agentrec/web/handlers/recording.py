"""One recording: facts, timeline, events and summary."""

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
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.handlers.download import picture
from agentrec.web.handlers.download import recording as download
from agentrec.web.handlers.lineage import children, lineage_of
from agentrec.web.openapi import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.web.request import ApiRequest

# About how large a page of events gets.
PAGE_BYTES = 4 << 20
# How many events are examined for one page.
MAX_EXAMINED_EVENTS = 200_000
_FACTS = (
    *("header", "by_kind", "exit", "redacted", "state", "duration", "size", "raw"),
    *("events", "moments", "snapshots", "signed_by"),
)


def session(request: ApiRequest) -> JsonObject:
    row = request.row
    with request.service.recordings.read(row["path"]) as recording:
        facts = recording_info(recording, whole=not request.service.is_remote)
        cols, rows = recording.size
        has_input = bool(recording.index.counts.get("term/input"))
    exit_ = facts["exit"] or {}
    if not (facts["state"] == "live" or row["state"] == "live"):
        facts["state"] = row["state"]  # the index is made from the whole file
    data: JsonObject = dict(facts)
    return {
        **request.service.catalog.session(row),  # may be older than the file
        **{name: data[name] for name in _FACTS},
        "cols": cols,
        "rows": rows,
        "live": facts["state"] == "live",
        "exit_code": exit_.get("code"),
        "exit_signal": exit_.get("signal"),
        "hasInput": has_input,
        "embed": _embed(request, id_of(row)),
        "access": _access(request),
    }


def _access(request: ApiRequest) -> str:
    """Whether a recording can only be played: one in a remote, or that is seen by a link to it alone."""
    if request.is_shared:
        return "link"
    return "play" if request.service.is_remote else "all"


def _embed(request: ApiRequest, name: str) -> str | None:
    """The address for other sites, which does not expire as a link to one recording does."""
    address = request.service.embed_address
    return address(name) if address and not request.is_shared else None


def timeline(request: ApiRequest) -> JsonObject:
    row = request.row
    with request.service.recordings.read(row["path"]) as recording:
        moments = [
            moment_data(point) for point in list_markers(recording) if point.kind == "moment"
        ]
        recorded = recorded_snapshots(recording)
        cols, rows = recording.size
        data: JsonObject = {
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
    snapshots = [snapshot_data(one) for one in recorded]
    return {
        **data,
        "moments": moments,
        "fsSnapshots": snapshots,
        "branches": _branches(request, row),
    }


def _branches(request: ApiRequest, row: RecordingRow) -> list[JsonObject]:
    """Other recordings, of which a link to this one says nothing; a remote does not know them."""
    if request.is_shared or request.service.is_remote:
        return []
    return children(request, row)


def moment_data(point: Marker) -> JsonObject:
    """A mark in the form of Agent Harbor's timeline."""
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


def snapshot_data(recorded: RecordedSnapshot) -> JsonObject:
    """A snapshot in the form of Agent Harbor's timeline."""
    record = recorded.record
    return {
        "id": recorded.id,
        "ts": recorded.t / NS_PER_SECOND,
        "label": recorded.label,
        "provider": "git",
        "snapshot": {"id": record.commit, "size_bytes": record.bytes or 0},
        "branchable": True,
        "seq": recorded.seq,
        "reason": record.reason,
        "files": record.files or 0,
        "changed": record.changed or 0,
        "note": record.missed_text,
    }


def events(request: ApiRequest) -> JsonObject:
    params = request.params
    limit = params["limit"]
    page: list[JsonObject] = []
    size = 0
    next_seq: int | None = None
    with request.service.recordings.read(request.row["path"]) as recording:
        for examined, event in enumerate(request.deadline.watch(_events(recording, params))):
            if len(page) >= limit or size > PAGE_BYTES or examined >= MAX_EXAMINED_EVENTS:
                next_seq = event.seq
                break
            if not _matches(event, params):
                continue
            data: JsonObject = fields(event)
            if params["line"]:
                data["line"] = str(line(event))
            page.append(data)
            size += _approximate_bytes(event)
        live = recording.live
    return {"events": page, "next": None if next_seq is None else str(next_seq), "live": live}


def _events(recording: Recording, params: Mapping[str, Any]) -> Iterator[Event]:
    """Events from the cursor and ``since`` up to ``until``."""
    since, until = _ns(params["since"]) or 0, _ns(params["until"])
    first = int(params["cursor"] or 0)
    for seq, records in recording.batches(max(since, _segment_start(recording, first))):
        if seq + len(records) <= first:
            continue
        for number, record in islice(enumerate(records, seq), max(0, first - seq), None):
            if until is not None and record[0] > until:
                return
            if record[0] >= since:
                yield to_event(number, record)


def _segment_start(recording: Recording, seq: int) -> int:
    """When the segment that contains ``seq`` begins, in ns."""
    return max((t for _, at, t in recording.index.segments if at <= seq), default=0)


def _matches(event: Event, params: Mapping[str, Any]) -> bool:
    tracks, kinds, actor = params["track"], params["kind"], params["actor"]
    if not (event.track in tracks if tracks else not isinstance(event.data, bytes)):
        return False
    if kinds and event.kind not in kinds:
        return False
    return not actor or event.actor == actor or (event.actor or "").startswith(f"{actor}/")


def _approximate_bytes(event: Event) -> int:
    data = event.data
    return len(data) if isinstance(data, bytes) else 200 + len(str(data))


def _ns(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * NS_PER_SECOND)


def summary(request: ApiRequest) -> JsonObject:
    row = request.row
    with request.service.recordings.read(row["path"]) as recording:
        return {**summarize(recording), "id": id_of(row)}


HANDLERS = {
    "session": session,
    "timeline": timeline,
    "events": events,
    "recording": download,
    "picture": picture,
    "summary": summary,
    "branches": lineage_of,
}
