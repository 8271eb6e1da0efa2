"""Recordings for tests, and plain ways to look into them."""

from agentrec.recording.encryption import identities
from agentrec.recording.events import Event
from agentrec.recording.format.frames import Frame
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save

HEADER = {
    "id": "test",
    "cols": 80,
    "rows": 24,
    "command": ["sh"],
    "created": "2026-01-01T00:00:00Z",
}


def sample(count=40):
    """``count`` events of every sort, times not monotone in steps but never decreasing."""
    events = []
    for seq in range(count):
        t = seq * 1_000_003
        match seq % 8:
            case 3:
                event = Event(seq, t, "term", "resize", {"cols": 80 + seq, "rows": 24})
            case 5:
                event = Event(
                    seq, t, "mark", "moment", {"label": f"step {seq} é", "source": "test"}
                )
            case 6:
                event = Event(seq, t, "tool", "call", {"name": "Bash"}, "s1", "p1", "agent")
            case 7:
                event = Event(seq, t, "term", "input", bytes([seq]))
            case _:
                event = Event(seq, t, "term", "output", b"line %d\r\n\xff\x1b[1m" % seq)
        events.append(event)
    return events


def write(path, events, header=None, **options):
    save(str(path), HEADER if header is None else header, events, **options)
    return str(path)


def read(path):
    """``(header without bookkeeping, events, damage)`` of everything that can be read."""
    with Recording.open(str(path)) as recording:
        header = {k: v for k, v in recording.header.items() if k not in ("version", "file")}
        return header, list(recording.events()), recording.damage


def frame_list(path):
    with Recording.open(path) as recording:
        return [item for item in recording.frames() if isinstance(item, Frame)]


def cut_out(path, start, end):
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(data[:start] + data[end:])


def allowed_identity(folder, monkeypatch):
    """Yields an identity that this process may use meanwhile."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    file = folder / "identity"
    file.write_text(f"{identity}\n")
    monkeypatch.setenv(identities.VARIABLE, str(file))
    identities.allow()
    yield identity
    identities.forget()
