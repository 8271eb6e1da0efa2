"""Repair and compaction."""

import json

from agentrec.recording.format import batch, frames
from agentrec.recording.rewrite import compact, repair
from agentrec.recording.verify import verify
from tests.recording.crafted import chunk, honest, segment, whole
from tests.recording.helpers import frame_list, read, sample


def test_a_resize_that_says_nonsense_is_kept_by_repair(tmp_path):
    path = tmp_path / "a.ahr"
    records = [(0, batch.RESIZE, b"\0"), (1, batch.OUTPUT, b"x")]
    path.write_bytes(whole(segment() + chunk(records), honest))
    repair(str(path), str(tmp_path / "b.ahr"))
    assert read(tmp_path / "b.ahr")[1] == read(path)[1]


def test_repair_puts_times_that_run_backwards_right(tmp_path):
    path = tmp_path / "a.ahr"
    late = segment(0, 0, 10**9) + chunk([(0, 0, b"late"), (9, 0, b"r")])
    early = segment(1, 2, 0) + chunk([(0, 0, b"early")])
    path.write_bytes(whole(late + early, honest))
    repair(str(path), str(tmp_path / "b.ahr"))
    _, events, damage = read(tmp_path / "b.ahr")
    assert [(event.t, event.data) for event in events] == [
        (10**9, b"late"),
        (10**9 + 9, b"r"),
        (10**9 + 9, b"early"),
    ]
    assert not damage


def test_repair_keeps_everything_that_can_be_read(three_segments, tmp_path):
    chunk = [f for f in frame_list(three_segments) if f.kind == frames.CHUNK][1]
    with open(three_segments, "r+b") as file:
        file.seek(chunk.offset + 20)
        file.write(b"\xff\xff")
    target = str(tmp_path / "good.ahr")

    lost = repair(three_segments, target)

    header, events, damage = read(target)
    assert (lost["events_lost"], damage) == (4, [])
    assert header["repaired"] == json.loads(json.dumps(lost))
    assert [e for e in sample(12) if not 4 <= e.seq < 8] == events
    report = verify(target)
    assert (report.state, report.lost) == ("whole", 4)


def test_rewriting_keeps_frames_it_does_not_know(three_segments):
    frame = frame_list(three_segments)[2]
    with open(three_segments, "rb") as file:
        data = file.read()
    strange = frames.pack(77, b"from the future", frames.COMPRESSED)
    with open(three_segments, "wb") as file:
        file.write(data[: frame.offset] + strange + data[frame.offset :])
    compact(three_segments, 5)
    kept = [f for f in frame_list(three_segments) if f.kind == 77]
    assert [(f.flags, f.payload) for f in kept] == [(frames.COMPRESSED, b"from the future")]
    assert verify(three_segments).state == "whole"
    assert read(three_segments)[1] == sample(12)
