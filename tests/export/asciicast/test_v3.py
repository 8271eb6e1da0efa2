"""asciicast v3."""

import json

from tests.export.asciicast.casts import FULL, MS, PALETTE, SESSION, V3
from tests.export.helpers import HEADER, read, short, written


def test_v3_intervals_comments_and_exit() -> None:
    body = b'# a comment\n[0.248,"o","a"]\n\n[1.001,"m",""]\n# [9,"o","no"]\n[0.5,"x","3"]\n'
    header, events, notes = read("asciicast3", V3 + body)
    assert header == HEADER
    assert short(events) == [
        (248 * MS, "output", b"a"),
        (1_249 * MS, "moment", {"label": "", "source": "import"}),
        (1_749 * MS, "exit", {"code": 3, "signal": None}),
    ]
    assert notes == []


def test_v3_time_of_an_unknown_code_still_counts() -> None:
    _, events, _ = read("asciicast3", V3 + b'[1,"z","?"]\n[1,"o","a"]\n')
    assert [event.t for event in events] == [2_000 * MS]


def test_v3_written() -> None:
    data, loss = written("asciicast3", FULL, SESSION)
    first, *rest = data.decode().splitlines()
    assert json.loads(first)["term"] == {
        "cols": 80,
        "rows": 24,
        "type": "xterm",
        "version": "VTE(7802)",
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    assert json.loads(first)["env"] == {"TERM": "xterm"}
    assert json.loads(first)["tags"] == ["demo"]
    assert rest == [
        '[0.000,"o","\\u001b[1m$ "]',
        '[1.235,"i","y\\r"]',
        '[0.765,"r","100x30"]',
        '[0.000,"m","tests passed"]',
        '[1.000,"x","137"]',
    ]
    assert "left out: 1 tool/call event" in loss.lines()
