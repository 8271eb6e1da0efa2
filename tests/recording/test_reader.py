import json
import os
import threading
import time

import pytest

from agentrec.errors import FormatError, InputError
from agentrec.recording.follow import Follower, follow
from agentrec.recording.format import frames, segments
from agentrec.recording.format.frames import Frame
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import compact, repair
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from tests.recording.helpers import HEADER, read, sample, write


@pytest.fixture
def three_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 4)
    return write(tmp_path / "a.ahr", sample(12))


def frame_list(path):
    with Recording.open(path) as recording:
        return [item for item in recording.frames() if isinstance(item, Frame)]


def cut_out(path, start, end):
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(data[:start] + data[end:])


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("none.ahr", None, "does not exist"),
        (".", None, "is a directory"),
        ("v1.ahr", b"AHRC" + bytes(60), "Agent Harbor"),
        ("text.ahr", b"hello world, I am a text", "is not an agentrec recording"),
    ],
)
def test_what_is_no_recording_is_said_in_a_line(tmp_path, name, content, line):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=line):
        Recording.open(str(path))


def test_a_later_version_is_refused_with_a_hint(tmp_path):
    body = b'{"version":3,"cols":80}'
    path = tmp_path / "later.ahr"
    path.write_bytes(frames.MAGIC.replace(b"\2", b"\3") + frames.pack(frames.HEADER, body))
    with pytest.raises(FormatError, match="version 3") as caught:
        Recording.open(str(path))
    assert caught.value.hint


def test_the_index_says_what_a_full_read_would(three_segments):
    with Recording.open(three_segments) as recording:
        trailing, duration = recording.index.as_json(), recording.duration
    end = frame_list(three_segments)[-2]
    assert end.kind == frames.INDEX
    cut_out(three_segments, end.offset, end.offset + 10_000)
    with Recording.open(three_segments) as recording:
        assert not recording.ended
        assert recording.index.as_json() == trailing
        assert recording.duration == duration


def test_seeking_reads_only_what_it_needs(three_segments):
    with Recording.open(three_segments) as recording:
        first_chunk = next(
            f for f in recording.frames() if isinstance(f, Frame) and f.kind == frames.CHUNK
        )
        assert [e.seq for e in recording.events(since=9 * 1_000_003)] == [9, 10, 11]
    with open(three_segments, "r+b") as file:  # a fault in the first segment is not even met
        file.seek(first_chunk.offset + 14)
        file.write(b"\0\0\0\0")
    with Recording.open(three_segments) as recording:
        assert [e.seq for e in recording.events(since=9 * 1_000_003)] == [9, 10, 11]
        assert recording.damage == []


def test_a_lost_segment_shows_as_a_gap_and_as_altered(three_segments):
    starts = [f.offset for f in frame_list(three_segments) if f.kind == frames.SEGMENT]
    cut_out(three_segments, starts[1], starts[2])
    _, events, _ = read(three_segments)
    assert [e.seq for e in events] == [0, 1, 2, 3, 8, 9, 10, 11]
    report = verify(three_segments)
    assert (report.state, report.lost) == ("altered", 4)


def test_swapped_segments_are_altered(three_segments):
    a, b, c, end = [
        f.offset for f in frame_list(three_segments) if f.kind in (frames.SEGMENT, frames.INDEX)
    ]
    with open(three_segments, "rb") as file:
        data = file.read()
    with open(three_segments, "wb") as file:
        file.write(data[:a] + data[b:c] + data[a:b] + data[c:])
    assert verify(three_segments).state == "altered"
    assert end


def test_the_chain_value_names_the_contents(tmp_path):
    one = verify(write(tmp_path / "1.ahr", sample(12))).chain
    two = verify(write(tmp_path / "2.ahr", sample(12)[:-1])).chain
    assert one != two
    assert verify(str(tmp_path / "1.ahr")).chain == one


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


def test_following_sees_every_event_once_through_end_and_compaction(tmp_path):
    path = str(tmp_path / "live.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(follow(path, poll=0.01)))
    reader.start()
    for n in range(200):
        writer.output(n * 1000, os.urandom(10_000))
        if n % 50 == 0:
            time.sleep(0.05)
    writer.flush()
    writer.close()
    reader.join()
    assert [e.seq for e in seen] == list(range(200))
    assert seen == read(path)[1]


def test_following_ends_when_the_writer_is_gone(tmp_path):
    path = write(tmp_path / "a.ahr", sample(12))
    size = os.path.getsize(path)
    os.truncate(path, size - 5)
    assert list(follow(path)) == sample(12)


def test_a_follower_never_waits(tmp_path):
    path = str(tmp_path / "live.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    follower = Follower(path)
    assert (follower.read(), follower.done) == ([], False)
    writer.output(5, b"x")
    writer.flush()
    assert [e.data for e in follower.read()] == [b"x"]
    writer.close()
    while not follower.done:
        assert follower.read() == []
    follower.close()


def test_stored_chunks_of_a_segment_whose_start_is_lost_are_not_taken_for_the_one_before(tmp_path):
    path = str(tmp_path / "stored.ahr")
    writer = Writer(path, HEADER)
    for t in range(4):
        writer.output(t, b"%d" % t * (600 << 10))  # every one a burst: stored
        if not t:
            writer.start()
        writer.flush()
    writer.close(compact=False)
    starts = [frame for frame in frame_list(path) if frame.kind == frames.SEGMENT]
    assert len(starts) == 2
    with open(path, "r+b") as file:
        file.seek(starts[1].offset + 40)
        file.write(b"!")
    _, events, damage = read(path)
    assert [event.seq for event in events] == [0, 1]
    assert "its segment's start is lost" in [item.reason for item in damage]


@pytest.mark.parametrize("seq", [0, 1, 7, 399, 400, 450])
def test_a_follower_may_begin_anywhere(tmp_path, seq):
    path = str(tmp_path / "run.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    for n in range(400):
        writer.output(n * 1000, os.urandom(10_000))
    writer.flush()
    follower = Follower(path, seq)
    found = []
    while follower.behind:
        found += follower.read(1 << 16)
    writer.close()
    while not follower.done:
        found += follower.read()
    follower.close()
    with Recording.open(path) as recording:
        assert len(recording.index.segments) > 2
    assert found == read(path)[1][seq:]
