"""Recordings to cut, and what is in one."""

from agentrec.recording.events import OUTPUT, Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save

S = 1_000_000_000


def shown(t, text):
    return (t, "term", "output", text.encode())


def write(path, *things, **header):
    """A recording of ``(seconds, track, kind, data)``, and maybe links of the event."""
    events = [
        Event(seq, round(t * S), track, kind, data, **(links[0] if links else {}))
        for seq, (t, track, kind, data, *links) in enumerate(things)
    ]
    save(str(path), {"id": "one", "cols": 20, "rows": 5, **header}, events)
    return str(path)


def read(path, *names):
    """The header and the events, or those with these names: ``track/kind``."""
    with Recording.open(str(path)) as recording:
        events = list(recording.events())
        header = recording.header
    chosen = [event for event in events if not names or "/".join(event.name) in names]
    assert [event.seq for event in events] == list(range(len(events)))
    return header, chosen


def output(path):
    return b"".join(event.data for event in read(path)[1] if event.name == OUTPUT)
