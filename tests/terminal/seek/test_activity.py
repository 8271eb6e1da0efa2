"""The activity of a recording: how much happened when."""

from pathlib import Path
from typing import Any

import pytest

from agentrec.recording.events import Event
from agentrec.recording.format import segments
from agentrec.terminal.seek import activity
from agentrec.terminal.seek.timeline import Timeline
from tests.terminal.seek.test_frame_times import recorded

MS = 1_000_000


def scanned(folder: Path, events: list[tuple[int, str, str, Any]]) -> activity.Activity:
    made = [
        Event(seq, ms * MS, track, kind, data) for seq, (ms, track, kind, data) in enumerate(events)
    ]
    with recorded(folder, made) as recording, Timeline(recording) as line:
        while line.scan_next():
            assert not line.activity().complete
        return line.activity()


def test_activity_tells_what_happened_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 3)
    found = scanned(
        tmp_path,
        [
            (0, "term", "output", b"12345"),
            (100, "term", "input", b"ls"),
            (700, "term", "output", b"123"),
            (800, "mark", "moment", {"label": "exit"}),
            (1000, "term", "resize", {"cols": 50, "rows": 10}),
            (1900, "term", "output", b"1"),
            (2000, "tool", "call", {"kind": "exit"}),
            (4000, "term", "exit", {"code": 0, "signal": None}),
        ],
    )
    assert found.complete
    assert found.until == 4000 * MS
    assert found.idle == [
        (100 * MS, 700 * MS),
        (1000 * MS, 1900 * MS),
        (1900 * MS, 4000 * MS),
    ]
    assert found.resizes == [(1000 * MS, 50, 10)]
    assert found.exit == 4000 * MS
    assert found.output_bytes(4, 4000 * MS) == [8, 1, 0, 0]
    assert found.input_bytes(4, 4000 * MS) == [2, 0, 0, 0]
    assert found.output_bytes(0, 4000 * MS) == []
    assert found.output_bytes(3, 0) == [0, 0, 0]


def test_activity_of_a_long_recording_stays_small(tmp_path: Path) -> None:
    day = 86_400_000
    times = [(n * 2 + 1) * day // 200 for n in range(100)]
    found = scanned(tmp_path, [(t, "term", "output", b"x" * n) for n, t in enumerate(times)])
    assert found.output_bytes(10, day * MS) == [sum(range(n, n + 10)) for n in range(0, 100, 10)]
    assert len(found._output) == activity._BUCKET_COUNT
