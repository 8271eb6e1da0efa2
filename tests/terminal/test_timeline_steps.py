"""Frame times and the activity of a recording."""

from pathlib import Path
from typing import Any

import pytest

from agentrec.recording.events import Event
from agentrec.recording.format import segments
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek import activity
from agentrec.terminal.seek.timeline import Timeline

MS = 1_000_000
ON, OFF = b"\x1b[?2026h", b"\x1b[?2026l"


def steps(folder: Path, *pieces: tuple[int, bytes | tuple[int, int]]) -> list[int]:
    """Times in ms of the steps in a recording of ``(ms, output or size)``."""
    events = []
    for seq, (ms, what) in enumerate(pieces):
        size = {"cols": what[0], "rows": what[1]} if isinstance(what, tuple) else None
        kind, data = ("resize", size) if size else ("output", what)
        events.append(Event(seq, ms * MS, "term", kind, data))  # type: ignore[arg-type]
    with recorded(folder, events) as recording, Timeline(recording) as line:
        found, t = [], -1
        while (step := line.frame_after(t)) is not None:
            found.append(step // MS)
            t = step
        return found


def recorded(folder: Path, events: list[Event]) -> Recording:
    path = str(folder / "steps.ahr")
    save(path, {"cols": 40, "rows": 6}, events, overwrite=True)
    return Recording.open(path)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        # apart: each; close together: the last; never pausing: every so often
        ([(0, b"a"), (100, b"b"), (200, b"c")], [0, 100, 200]),
        ([(0, b"a"), (5, b"b"), (10, b"c"), (100, b"d"), (110, b"e")], [10, 110]),
        ([(n * 10, b"a") for n in range(20)], [50, 110, 170, 190]),
        # a synchronized frame counts when it is complete, however it is cut
        ([(0, ON + b"a"), (50, b"b"), (100, b"c" + OFF), (150, ON), (250, b"d" + OFF)], [100, 250]),
        ([(0, b"\x1b[?20"), (50, b"26h"), (100, b"x\x1b[?20"), (150, b"26l")], [0, 150]),
        ([(0, ON + b"a" + OFF), (1, ON + b"b" + OFF), (2, b"c")], [0, 1, 2]),
        ([(0, b"\x1b[?25;2026h"), (50, b"x"), (100, b"\x1b[?2026;25l")], [100]),
        # before and between frames
        ([(0, b"a"), (50, b"b"), (100, ON), (150, OFF), (200, b"c")], [0, 50, 150, 200]),
        # a frame that began before the recording, one that never ends, and one that takes too long
        ([(0, b"a"), (50, b"b" + OFF)], [50]),
        ([(0, ON + b"a"), (50, b"b"), (100, b"c")], [0, 50, 100]),
        ([(0, ON), (500, b"a"), (1500, b"b"), (1600, OFF)], [0, 500, 1500, 1600]),
        # a resize changes the picture; nothing does not
        ([(0, b"a"), (100, (50, 10)), (200, b""), (300, b"b")], [0, 100, 300]),
    ],
)
def test_steps(
    pieces: list[tuple[int, bytes | tuple[int, int]]], expected: list[int], tmp_path: Path
) -> None:
    assert steps(tmp_path, *pieces) == expected


def test_steps_go_on_over_segments_without_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 2)
    events = [Event(0, 0, "term", "output", b"a")]
    events += [Event(n, n * MS, "mark", "moment", {"label": str(n)}) for n in range(1, 9)]
    events.append(Event(9, 900 * MS, "term", "output", b"b"))
    with recorded(tmp_path, events) as recording, Timeline(recording) as line:
        assert line.frame_after(0) == line.frame_after(5 * MS) == 900 * MS
        assert line.frame_before(900 * MS) == line.frame_before(1) == 0
        assert line.frame_before(0) is None
        assert line.frame_after(900 * MS) is None


def surveyed(folder: Path, events: list[tuple[int, str, str, Any]]) -> activity.Activity:
    made = [
        Event(seq, ms * MS, track, kind, data) for seq, (ms, track, kind, data) in enumerate(events)
    ]
    with recorded(folder, made) as recording, Timeline(recording) as line:
        while line.scan_next():
            assert not line.activity().complete
        return line.activity()


def test_activity_tells_what_happened_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 3)
    found = surveyed(
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
    found = surveyed(tmp_path, [(t, "term", "output", b"x" * n) for n, t in enumerate(times)])
    assert found.output_bytes(10, day * MS) == [sum(range(n, n + 10)) for n in range(0, 100, 10)]
    assert len(found._output) == activity._BUCKET_COUNT
