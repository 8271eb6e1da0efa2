"""Masked events, with a real file behind them."""

from __future__ import annotations

from pathlib import Path

from agentrec.recording.writer import Writer
from agentrec.redact.event_mask import EventMask
from tests.redact.helpers import HEADER, KEY, read


def test_events_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.ahr"
    inner = Writer(str(path), HEADER)
    writer = EventMask(inner)
    writer.start()
    writer.output(1, KEY.text.encode())
    writer.event(2, "tool", "call", {"command": f"echo {KEY.text}"}, span="t1")
    writer.event(3, "term", "exit", {"code": 0, "signal": None})
    writer.close()
    events = read(path)
    assert events[0].data == KEY.text.encode()  # the terminal is exact unless one asks
    assert (events[1].data, events[1].span) == ({"command": "echo ***"}, "t1")
    assert events[2].data == {"rule": "github-token", "where": "event", "seq": 1, "count": 1}
    assert events[3].name == ("term", "exit")
