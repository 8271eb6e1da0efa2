"""Frame times of a recording."""

from pathlib import Path

import pytest

from agentrec.recording.events import Event
from agentrec.recording.format import segments
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek.timeline import Timeline

MS = 1_000_000
ON, OFF = b"\x1b[?2026h", b"\x1b[?2026l"


def times(folder: Path, *pieces: tuple[int, bytes | tuple[int, int]]) -> list[int]:
    """The frame times in ms of a recording of ``(ms, output or size)``."""
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
    path = str(folder / "frames.ahr")
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
def test_frame_times(
    pieces: list[tuple[int, bytes | tuple[int, int]]], expected: list[int], tmp_path: Path
) -> None:
    assert times(tmp_path, *pieces) == expected


def test_frame_times_skip_segments_without_any(
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
