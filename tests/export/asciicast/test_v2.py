"""asciicast v2."""

import json

from tests.export.asciicast.casts import FULL, MS, PALETTE, SESSION, V2
from tests.export.helpers import read, short, written


def test_v2_reads_header_and_every_code() -> None:
    head = {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1504467315,
        "title": "Demo",
        "command": "make; make test",
        "idle_time_limit": 1.5,
        "env": {"SHELL": "/bin/zsh", "TERM": None},
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    body = b"""
[0.248848, "o", "\\u001b[1mHi"]
[1, "i", "y"]
[1.5, "m", "step 2"]
[2.0, "r", "100x30"]
[2.0, "z", "from the future"]
[6.541828, "o", "h\xc3\xa9"]
"""
    header, events, notes = read("asciicast2", json.dumps(head).encode() + body)
    assert header == {
        "cols": 80,
        "rows": 24,
        "created": "2017-09-03T19:35:15.000000000Z",
        "title": "Demo",
        "command": ["sh", "-c", "make; make test"],
        "idle_time_limit": 1.5,
        "env": {"SHELL": "/bin/zsh"},
        "term": {"theme": head["theme"]},
    }
    assert short(events) == [
        (248_848_000, "output", b"\x1b[1mHi"),
        (1_000 * MS, "input", b"y"),
        (1_500 * MS, "moment", {"label": "step 2", "source": "import"}),
        (2_000 * MS, "resize", {"cols": 100, "rows": 30}),
        (6_541_828_000, "output", "hé".encode()),
    ]
    assert [event.seq for event in events] == [0, 1, 2, 3, 4]
    assert notes == ["events of unknown code 'z' were left out"]


def test_v2_times_that_run_backwards_are_raised() -> None:
    _, events, notes = read("asciicast2", V2 + b'[2.0,"o","a"]\n[1.0,"o","b"]\n')
    assert [event.t for event in events] == [2_000 * MS, 2_000 * MS]
    assert notes == ["times that ran backwards were raised to the time before"]


def test_v2_written() -> None:
    data, loss = written("asciicast2", FULL, SESSION)
    first, *rest = data.decode().splitlines()
    assert json.loads(first) == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1504467315,
        "title": "Demo",
        "command": "make; make test",
        "idle_time_limit": 2.0,
        "env": {"TERM": "xterm"},
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    assert rest == [
        '[0.000000,"o","\\u001b[1m$ "]',
        '[1.234567,"i","y\\r"]',
        '[2.000000,"r","100x30"]',
        '[2.000000,"m","tests passed"]',
    ]
    assert loss.lines() == [
        "left out: 1 term/exit event",
        "left out: 1 term/redacted event",
        "left out: 1 tool/call event",
    ]
