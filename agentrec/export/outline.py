"""What a page shows around the screen of a recording: facts, markers, quiet times, activity.

It is part of the HTML export. Times are milliseconds since the recording's start, rounded up, so that
whatever has a time has happened by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import words
from agentrec.recording.events import EXIT
from agentrec.recording.events.decode import decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.markers import list_markers
from agentrec.report.event_text import prompt_of
from agentrec.signatures.origin import signed_origin
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

# Of the duration, for the activity along the timeline.
ACTIVITY_PARTS = 400
# The longest ones are listed.
MAX_IDLE_SPANS = 20_000
# What people read beside the screen. Markers are listed separately.
_SHOWN = {
    EXIT,
    ("agent", "session"),
    ("agent", "message"),
    ("agent", "lifecycle"),
    ("llm", "call"),
    ("tool", "call"),
    ("tool", "result"),
    ("step", "start"),
    ("step", "end"),
    ("step", "error"),
    ("step", "memory"),
    ("step", "state"),
    ("step", "done"),
    ("sys", "command"),
    ("sys", "trouble"),
    ("mark", "note"),
    ("guard", "finding"),
    ("guard", "limit"),
    ("guard", "decision"),
}
_HEADER_FACTS = ("id", "title", "cwd", "created")


def outline(recording: Recording, timeline: Timeline) -> JsonObject:
    """Facts of the header, size, duration, markers, activity and idle spans.

    Finishes the timeline's work first: a second for some hundred megabytes.
    """
    while timeline.scan_next():
        pass
    activity = timeline.activity()
    cols, rows = recording.size
    idle = sorted(sorted(activity.idle, key=lambda span: span[0] - span[1])[:MAX_IDLE_SPANS])
    return {
        **_facts(recording.header),
        "prompt": _prompt(recording),
        "signed": signed_origin(recording),
        "cols": cols,
        "rows": rows,
        "duration": timeline.duration / NS_PER_MS,
        "live": timeline.growing,
        "complete": recording.ended,
        "events": activity.seq,
        "points": list(_points(recording)),
        "activity": activity.output_bytes(ACTIVITY_PARTS, timeline.duration),
        "idle": [(_ms(start), _ms(end)) for start, end in idle],
    }


def _points(recording: Recording) -> Iterator[JsonObject]:
    records = {event.seq: decode(event) for event in recording.events(tracks=("mark", "fs"))}
    for marker in list_markers(recording):
        point: JsonObject = {"id": marker.id, "kind": marker.kind, "t": _ms(marker.t)}
        point |= {"label": marker.label, "source": marker.source}
        match records.get(marker.seq):
            case MarkMoment(kind=kind, status=status):
                point |= {"what": kind, "status": status}
            case FsSnapshot(files=files, changed=changed):
                point |= {"files": files, "changed": changed}
        yield {name: value for name, value in point.items() if value not in (None, "")}


def _facts(header: JsonObject) -> JsonObject:
    """Facts of a header, those that have the right type."""
    facts = {name: header[name] for name in _HEADER_FACTS if isinstance(header.get(name), str)}
    facts["command"] = words(header.get("command"))
    return facts


def _prompt(recording: Recording) -> str:
    """What an agent was asked for first."""
    return next(filter(None, map(prompt_of, recording.events(tracks=("agent",)))), "")


def _ms(t: int) -> int:
    return -(-t // NS_PER_MS)


def is_shown(event: Event) -> bool:
    """Whether people read this event beside the screen."""
    return event.name in _SHOWN
