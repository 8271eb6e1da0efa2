"""What a page shows around the screen of a recording: facts, points, quiet times, the agent's story.

The HTML export carries it. Times are milliseconds since the recording's start, rounded up: what is told of
a time was there by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.recording.events import EXIT, MOMENT
from agentrec.recording.markers import points
from agentrec.report.event_text import asked
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

PARTS = 400  # of the duration, for the activity along the timeline
MAX_IDLE = 20_000  # spans that are named; the longest ones
# What people read beside the screen. Points are told apart from it.
_TOLD = {
    EXIT,
    ("agent", "session"),
    ("agent", "message"),
    ("agent", "lifecycle"),
    ("llm", "call"),
    ("tool", "call"),
    ("tool", "result"),
    ("sys", "command"),
    ("sys", "trouble"),
    ("mark", "note"),
}
_FACTS = ("id", "title", "cwd", "created")


def outline(recording: Recording, timeline: Timeline) -> dict[str, Any]:
    """Facts of the header, size, duration, points, activity, idle spans, and how it ended.

    Scans what the timeline has not scanned yet, a second for some hundred megabytes.
    """
    while timeline.scan_next():
        pass
    activity = timeline.activity()
    cols, rows = recording.size
    idle = sorted(sorted(activity.idle, key=lambda span: span[0] - span[1])[:MAX_IDLE])
    return {
        **_facts(recording.header),
        "prompt": _prompt(recording),
        "cols": cols,
        "rows": rows,
        "duration": timeline.duration / NS_PER_MS,
        "live": timeline.growing,
        "complete": recording.ended,
        "events": activity.seq,
        "points": list(_points(recording)),
        "activity": activity.output_bytes(PARTS, timeline.duration),
        "idle": [(_ms(start), _ms(end)) for start, end in idle],
    }


def _points(recording: Recording) -> Iterator[dict[str, Any]]:
    said = {event.seq: event.data for event in recording.events(tracks=("mark", "fs"))}
    for point in points(recording):
        data = said.get(point.seq)
        more = data if isinstance(data, dict) else {}
        found = {"id": point.id, "kind": point.kind, "t": _ms(point.t), "label": point.label}
        found["source"] = point.source
        if point.kind == MOMENT[1]:
            found |= {"what": more.get("kind"), "status": more.get("status")}
        else:
            found |= {"files": more.get("files"), "changed": more.get("changed")}
        yield {name: value for name, value in found.items() if value not in (None, "")}


def _facts(header: dict[str, Any]) -> dict[str, Any]:
    """What a header says, as far as it is what it should be."""
    found = {name: header[name] for name in _FACTS if isinstance(header.get(name), str)}
    command = header.get("command")
    found["command"] = [str(word) for word in command] if isinstance(command, list) else []
    return found


def _prompt(recording: Recording) -> str:
    """What an agent was asked for first."""
    return next(filter(None, map(asked, recording.events(tracks=("agent",)))), "")


def _ms(t: int) -> int:
    return -(-t // NS_PER_MS)


def is_told(event: Event) -> bool:
    """Whether people read this event beside the screen."""
    return event.name in _TOLD
