"""Many events at once into a sink: what is allowed gets there, in order, and nothing else."""

import json
import socket
import threading

import pytest

from agentrec.capture.control.event_stream import EventStreams
from agentrec.recording.format import batch
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from agentrec.redact.event_mask import EventMask

SECRET = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


def record(track="step", kind="end", t=5, **data):
    payload = json.dumps({"track": track, "kind": kind, "data": data}).encode()
    return (t, batch.JSON, payload)


def sent(*records):
    body = batch.encode(list(records), 0, records[0][0])
    return len(body).to_bytes(4, "little") + body


@pytest.fixture
def opened(tmp_path):
    path = str(tmp_path / "r.ahr")
    sink = EventMask(Writer(path, {"id": "x"}))
    sink.start()
    streams = EventStreams(sink, lambda: 1000)
    ours, theirs = socket.socketpair()
    streams.take(theirs)
    ours.settimeout(30)

    def close():
        ours.close()
        streams.close()
        sink.close()
        with Recording.open(path) as recording:
            return list(recording.events()), streams.refused

    return ours, close


def test_events_arrive_in_order_and_are_masked(opened):
    ours, close = opened
    ours.sendall(sent(*[record(n=n, t=n) for n in range(500)]))
    ours.sendall(sent(record(text=f"the key is {SECRET}", t=600), record(n=501, t=9000)))
    ours.sendall(bytes(4))
    assert ours.recv(1) == b"."
    events, refused = close()
    assert [event.data["n"] for event in events if "n" in event.data] == [*range(500), 501]
    assert SECRET not in repr(events)
    assert [event.t for event in events][-1] == 1000  # not later than now
    guard = next(event for event in events if event.track == "guard")
    assert events[guard.data["seq"]].data["text"] != f"the key is {SECRET}"
    assert refused == 0


def test_what_only_the_recorder_may_say_is_refused(opened):
    ours, close = opened
    forged = b'{"track": "step", "kind": "x", "data": {}, "track": "term"}'
    ours.sendall(
        sent(
            record("term", "exit", code=0),
            record("mark", "moment", label="x"),
            (6, batch.OUTPUT, b"bytes"),
            (7, batch.JSON, forged),
            (8, batch.JSON, b"no JSON"),
            record(n=1, t=9),
        )
    )
    ours.sendall(bytes(4))
    assert ours.recv(1) == b"."
    events, refused = close()
    assert [event.data for event in events] == [{"n": 1}]
    assert refused == 5


@pytest.mark.parametrize("sent_bytes", [b"\xff\xff\xff\xff", b"\x08\0\0\0notabatc", b"\x08\0"])
def test_nonsense_ends_the_connection(opened, sent_bytes):
    ours, close = opened
    ours.sendall(sent(record(n=1)) + sent_bytes)
    ours.shutdown(socket.SHUT_WR)
    assert ours.recv(1) == b""
    assert [event.data for event in close()[0]] == [{"n": 1}]


def test_several_at_once(opened):
    ours, close = opened
    ours.sendall(sent(*[record(n=n, t=n) for n in range(100)]))
    assert threading.active_count() >= 2
    ours.sendall(bytes(4))
    assert ours.recv(1) == b"."
    assert len(close()[0]) == 100
